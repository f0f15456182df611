// Chains at work, in slices, so that whoever runs them stays responsive.

/** Return where sampling starts: the model's initial values; added rows start where the last one does. */
const startOf = (starts, sizes) =>
  sizes.flatMap((size, i) => Array.from({ length: size }, (_, k) => starts[i][Math.min(k, starts[i].length - 1)] ?? 0));

/**
 * Run some chains of a task and post their draws; stop when `current()` is false.
 * `task` has `data`, `starts`, `chains` (their numbers), `tune`, `draws` and `seed`.
 */
export async function work(model, functions, task, post, current, pause, slice) {
  try {
    const density = model.density(task.data, functions), quantities = model.quantities(task.data, functions);
    const width = quantities.shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const start = startOf(task.starts, density.sizes), total = task.tune + task.draws;
    const running = task.chains.map(number => {
      const made = chain(density, start, { seed: task.seed * 1000 + number, tune: task.tune });
      return { number, made, done: 0 };
    });
    while (running.some(({ done }) => done < total)) {
      for (const one of running) {
        const rows = [], divergent = [], end = performance.now() + slice / running.length;
        while (one.done < total && (!rows.length || performance.now() < end)) {
          if (one.made.next().diverging) divergent.push(one.done);
          const row = new Float64Array(width);
          quantities.run(one.made.x, row);
          rows.push(row);
          one.done++;
        }
        if (rows.length) post({ chain: one.number, rows, divergent, shapes: quantities.shapes });
      }
      await pause();
      if (!current()) return;
    }
  } catch (error) {
    post({ error: error.message });
  }
}
