"use strict";
for (const part of document.querySelectorAll("section.search")) {
  const body = part.querySelector("tbody");
  const rows = Array.from(body.rows, (row, at) => ({ row, at, text: row.textContent.toLowerCase() }));
  const box = part.querySelector("input");
  const count = part.querySelector("output");
  const said = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of rows) {
      one.row.hidden = !words.every((word) => one.text.includes(word));
      shown += one.row.hidden ? 0 : 1;
    }
    count.textContent = words.length ? shown + " of " + rows.length + " shown" : "";
  };
  box.addEventListener("input", said);
  part.querySelector(".tools").hidden = rows.length < 8;
  const heads = Array.from(part.querySelectorAll("thead th"));
  heads.forEach((head, at) => head.firstElementChild.addEventListener("click", () => {
    const was = head.getAttribute("aria-sort");
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    const down = was === "ascending";
    if (was !== "descending") head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const cell = (one) => one.row.cells[at].textContent;
    const number = (text) => text.trim() === "" ? NaN : Number(text.replace(/,/g, ""));
    const order = (a, b) => {
      const x = number(cell(a)), y = number(cell(b));
      if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
      if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
      return cell(a).localeCompare(cell(b));
    };
    const sorted = rows.slice().sort((a, b) =>
      was === "descending" ? a.at - b.at : (down ? -order(a, b) : order(a, b)) || a.at - b.at);
    body.append(...sorted.map((one) => one.row));
  }));
}
