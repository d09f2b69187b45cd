"use strict";
const collator = new Intl.Collator();
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
    for (const one of rows) {
      one.key = one.row.cells[at].textContent;
      one.number = one.key.trim() === "" ? NaN : Number(one.key.replace(/,/g, ""));
    }
    const order = (a, b) => {
      const left = Number.isNaN(a.number), right = Number.isNaN(b.number);
      if (left && right) return collator.compare(a.key, b.key);
      return left || right ? left - right : a.number - b.number;
    };
    const sorted = rows.slice().sort((a, b) =>
      was === "descending" ? a.at - b.at : (down ? -order(a, b) : order(a, b)) || a.at - b.at);
    // Emptied first: browsers move ten thousand rows one by one in half a minute.
    body.textContent = "";
    for (const one of sorted) body.appendChild(one.row);
  }));
}
