// Who samples: workers, or, where a page may not have any, the page itself between its pictures.

/**
 * Return a function that runs a task and calls `got` with each part of the draws; a new task ends the one before.
 * `model` has the functions that were lowered.
 */
export function team(model, got) {
  let latest = 0, workers = null;
  const here = workshop();
  const wait = () => new Promise(done => setTimeout(done));
  const inPage = (task, id) =>
    here.work(model, here.functions, task, part => latest === id && got(part), () => latest === id, wait, 12);
  const hire = () => {
    const source = `const shop = (${workshop})(), model = { density: ${model.density}, quantities: ${model.quantities} };
      const { port1, port2 } = new MessageChannel();
      const pause = () => new Promise(done => { port1.onmessage = done; port2.postMessage(0); });
      let latest;
      onmessage = ({ data: { id, task } }) => {
        latest = id;
        shop.work(model, shop.functions, task, part => postMessage({ id, part }), () => latest === id, pause, 30);
      };`;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    return Array.from({ length: Math.min(4, Math.max(1, navigator.hardwareConcurrency || 2)) }, () => new Worker(url));
  };
  return task => {
    const id = ++latest;
    try {
      workers ??= hire();
    } catch {
      workers = [];
    }
    if (!workers.length) return inPage(task, id);
    workers.forEach((worker, i) => {
      worker.onmessage = ({ data }) => data.id === latest && got(data.part);
      worker.onerror = event => {
        event.preventDefault();
        if (!workers.length) return;
        for (const each of workers) each.terminate();
        workers = [];
        inPage(task, id);
      };
      worker.postMessage({ id, task: { ...task, chains: task.chains.filter((_, k) => k % workers.length === i) } });
    });
  };
}
