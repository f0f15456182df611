// Paper cannot be clicked: what is folded away (solutions, hints, code) is open on it, and closed again afterwards.
// The switches of sphinx-togglebutton (.toggle-details) do so by themselves.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("article details:not([open], .toggle-details)")) {
    details.open = true;
    details.dataset.openedToPrint = "";
  }
});
addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("[data-opened-to-print]")) {
    details.open = false;
    delete details.dataset.openedToPrint;
  }
});
