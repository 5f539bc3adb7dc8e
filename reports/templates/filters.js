// Filters for the references, with their state in the address: #verdict=below&group=table-2&text=maml
"use strict";
(() => {
  const form = document.getElementById("filters");
  const rows = [...document.querySelectorAll("[data-reference]")];
  const groups = [...document.querySelectorAll("[data-group]")];
  const notes = (row) => [...row.querySelectorAll("sup a")].map((link) => link.getAttribute("href").slice(1));
  const parts = (row) => [row, ...notes(row).map((id) => document.getElementById(id))];
  const words = (row) => parts(row).map((part) => part.textContent.toLowerCase()).join(" ");
  const texts = new Map(rows.map((row) => [row, words(row)]));

  const matches = (row, { verdict, group, text }) =>
    (!verdict || row.dataset.verdict === verdict) &&
    (!group || row.closest("[data-group]").dataset.group === group) &&
    text.toLowerCase().split(/\s+/).every((word) => texts.get(row).includes(word));

  const state = () => Object.fromEntries(new FormData(form));

  const show = () => {
    const wanted = state();
    for (const row of rows) row.hidden = !matches(row, wanted);
    for (const group of groups) group.hidden = !group.querySelector("[data-reference]:not([hidden])");
    const shown = rows.filter((row) => !row.hidden).length;
    form.querySelector("output").value = `${shown} of ${rows.length} references`;
  };

  const remember = () => {
    const address = new URLSearchParams(Object.entries(state()).filter(([, value]) => value));
    history.replaceState(null, "", address.size ? `#${address}` : location.pathname + location.search);
    show();
  };

  const restore = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    const fields = [...form.querySelectorAll("[name]")];
    if (!location.hash || fields.some((field) => address.has(field.name))) {
      for (const field of fields) field.value = address.get(field.name) ?? "";
      show();
      if (location.hash) document.getElementById("references").scrollIntoView();
      return;
    }
    // A link to a row that the filters hide shows everything.
    const target = document.querySelector(":target");
    if (!target?.closest("[hidden]")) return show();
    for (const field of fields) field.value = "";
    show();
    target.scrollIntoView();
  };

  // Without a clipboard (a page from an insecure address) a click on a command still selects it.
  for (const command of navigator.clipboard ? document.querySelectorAll(".command") : []) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy" });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.querySelector("code").textContent);
      button.textContent = "Copied";
    });
    command.append(button);
  }

  form.addEventListener("input", remember);
  form.addEventListener("reset", () => setTimeout(remember));
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", restore);
  form.hidden = false;
  restore();
})();
