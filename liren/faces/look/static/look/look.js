/* Small helpers for every page. Everything works without them, only less comfortably. No inline scripts: behaviour is asked for by data- attributes. */
(() => {
  "use strict";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;

  // htmx sends the token that Django asks for.
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.content;
  });

  // A form is sent once; the server keeps to that anyway through the hidden `once` field.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.hasAttribute("data-again")) return;
    if (form.dataset.sent === "yes") { event.preventDefault(); return; }
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (!button) return;
    setTimeout(() => {
      button.setAttribute("aria-disabled", "true");
      if (button.dataset.busy) { button.dataset.words = button.innerHTML; button.textContent = button.dataset.busy; }
    });
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    all("[aria-disabled]", form).forEach((button) => {
      button.removeAttribute("aria-disabled");
      if (button.dataset.words) button.innerHTML = button.dataset.words;
    });
  }));

  // Fields that only matter for some answers.
  const chosen = (form, name) => all(`[name="${CSS.escape(name)}"]`, form)
    .filter((input) => !["radio", "checkbox"].includes(input.type) || input.checked).map((input) => input.value);
  const showFields = (form) => all("[data-shown-if]", form).forEach((field) => {
    const values = JSON.parse(field.dataset.shownValues);
    const shown = chosen(form, field.dataset.shownIf).some((value) => values.includes(value));
    field.hidden = !shown;
    all("input, select, textarea", field).forEach((input) => { input.disabled = !shown; });
  });
  document.addEventListener("change", (event) => { if (event.target.form) showFields(event.target.form); });

  // Which files were chosen.
  document.addEventListener("change", (event) => {
    const said = event.target.type === "file" && event.target.parentElement.querySelector(".lr-chosen");
    if (!said) return;
    said.dataset.none ??= said.textContent;
    const names = [...event.target.files].map((file) => file.name);
    said.textContent = names.length > 1 ? said.dataset.several.replace("{}", names.length) : names[0] || said.dataset.none;
    said.classList.toggle("is-good", names.length > 0);
  });

  // Where am I: fills latitude and longitude, and says so in words.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-locate]");
    if (!button) return;
    const field = button.closest("[data-field]");
    const words = field.querySelector("[data-located]");
    words.textContent = button.dataset.waiting;
    navigator.geolocation.getCurrentPosition((found) => {
      field.querySelector("[data-lat]").value = found.coords.latitude.toFixed(6);
      field.querySelector("[data-lon]").value = found.coords.longitude.toFixed(6);
      words.textContent = button.dataset.done.replace("{}", Math.round(found.coords.accuracy));
    }, () => { words.textContent = button.dataset.failed; }, { enableHighAccuracy: true, timeout: 10000 });
  });

  // Dialogs: data-opens names one, data-closes shuts the one around it.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      if (dialog) { event.preventDefault(); dialog.showModal(); }
    }
    const emptier = event.target.closest("[data-empties]");
    if (emptier) { event.preventDefault(); document.getElementById(emptier.dataset.empties).replaceChildren(); }
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
    if (event.target.matches("dialog")) event.target.close();
    all("details.lr-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  // Lists of which some are picked: how many are, and a button that picks all of the page, or none again.
  const picks = (form) => all('tbody input[type="checkbox"]', form);
  const tally = (form) => {
    const said = form.querySelector("[data-picked]"), number = picks(form).filter((box) => box.checked).length;
    said.textContent = number ? said.dataset.picked.replace("{}", number) : "";
  };
  document.addEventListener("change", (event) => { if (event.target.form && event.target.form.matches("[data-picking]")) tally(event.target.form); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-picks]");
    if (!button) return;
    const boxes = picks(button.form), some = boxes.some((box) => !box.checked);
    boxes.forEach((box) => { box.checked = some; });
    tally(button.form);
  });

  // A button that shows and hides what follows it; Escape hides it again.
  const toggle = (button, open) => button.setAttribute("aria-expanded", String(open));
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-toggles]");
    all("[data-toggles]").forEach((button) => {
      if (button === pressed) toggle(button, button.getAttribute("aria-expanded") !== "true");
      else if (!button.nextElementSibling.contains(event.target)) toggle(button, false);
    });
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector('[data-toggles][aria-expanded="true"]');
    if (open) { toggle(open, false); open.focus(); }
  });

  // On a phone a table is read line by line, each value beside the head of its column; its parts keep their roles.
  const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TFOOT: "rowgroup", TR: "row", TD: "cell", TH: "rowheader" };
  const lines = (table) => {
    const heads = all(":scope > thead > tr:only-child > *", table);
    if (heads.length < 3 || heads.some((head) => head.colSpan > 1)) return;
    const words = heads.map((head) => head.textContent.trim());
    all(":scope > :is(tbody, tfoot) > tr", table).forEach((row) => [...row.cells].forEach((cell, place) => {
      if (cell.colSpan > 1) return;
      if (words[place]) cell.dataset.label = words[place];
      cell.classList.toggle("is-zero", cell.textContent.trim() === "0");
      cell.classList.toggle("is-nothing", place > 0 && ["", "—"].includes(cell.textContent.trim()) && !cell.querySelector("input, select, img, svg"));
    }));
    [table, ...all(":scope > *, :scope > * > tr, :scope > * > tr > *", table)].forEach((part) => {
      if (ROLES[part.tagName]) part.setAttribute("role", part.scope === "col" || part.closest("thead") && part.tagName === "TH" ? "columnheader" : ROLES[part.tagName]);
    });
    table.classList.add("is-lines");
  };

  // The side sheet opens when htmx has put something into it.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "sheet-body") {
      const sheet = document.getElementById("sheet");
      if (!sheet.open) sheet.showModal();
      const path = event.detail.pathInfo && event.detail.pathInfo.requestPath;
      const full = sheet.querySelector("[data-full]");
      if (full && path && event.detail.requestConfig.verb === "get") full.href = path;
    }
    prepare(event.target);
  });

  // Keys: / and Ctrl K search, j and k walk a list, Escape leaves. Enter follows the link as ever.
  const walk = (links, step, current) => {
    if (!links.length) return;
    const at = links.indexOf(current);
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    const omni = document.querySelector("[data-omni]");
    if (omni && ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing(event.target)))) {
      event.preventDefault();
      omni.focus();
      omni.select();
      return;
    }
    const results = document.getElementById("omni-results");
    if (results && (event.target === omni || results.contains(event.target))) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (event.key === "ArrowUp" && event.target === all("a", results)[0]) omni.focus();
        else walk(all("a", results), event.key === "ArrowDown" ? 1 : -1, document.activeElement);
      }
      if (event.key === "Escape") { results.replaceChildren(); omni.blur(); }
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j" || event.key === "k") walk(all("[data-row]"), event.key === "j" ? 1 : -1, document.activeElement);
  });
  document.addEventListener("click", (event) => {
    const results = document.getElementById("omni-results");
    if (results && !event.target.closest(".lr-omni")) results.replaceChildren();
  });

  // Read the page aloud, for people who would rather listen.
  const speaker = window.speechSynthesis;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reads]");
    if (!button || !speaker) return;
    if (speaker.speaking) { speaker.cancel(); button.setAttribute("aria-pressed", "false"); return; }
    const part = document.querySelector(button.dataset.reads).cloneNode(true);
    all("script, style, svg, dialog, [hidden], [data-reads]", part).forEach((node) => node.remove());
    const speech = new SpeechSynthesisUtterance(part.textContent.replace(/\s+/g, " "));
    speech.lang = document.documentElement.lang;
    speech.rate = 0.9;
    speech.onend = () => button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", "true");
    speaker.speak(speech);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-prints]")) window.print();
    if (event.target.closest("[data-backs]")) history.back();
  });

  const prepare = (root) => {
    all("form", root).forEach(showFields);
    all(".lr-table:not(.lr-pyramid, .lr-pairs, .lr-loose)", root).forEach(lines);
    all("[data-reads]", root).forEach((button) => { button.hidden = !speaker; });
    all("[data-locate]", root).forEach((button) => { button.hidden = !navigator.geolocation; });
    all("[data-picks]", root).forEach((button) => { button.hidden = false; });
    all("form[data-picking]", root).forEach(tally);
    all("[data-prints]", root).forEach((button) => { button.hidden = false; });
    all("[data-backs]", root).forEach((button) => { button.hidden = history.length < 2; });
    const summary = root.querySelector("[data-error-summary]");
    if (summary) summary.focus();
  };
  prepare(document);
})();
