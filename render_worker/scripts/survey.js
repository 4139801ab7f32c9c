/**
 * What a visitor sees of the page, element by element, and which controls there are. The elements of the controls, and
 * the one last aimed at, are kept in this isolated world for `aim`.
 *
 * @param {{elements: number, controls: number, text: number, label: number, canvas: number, whole: number}} options most
 *   elements and controls told, characters of an element's own text and of a label, cells of a canvas's side, share of
 *   the page's height from which what holds a link is the whole page.
 */
export default function survey(options) {
  const scope = /** @type {any} */ (globalThis);
  const screen = { width: innerWidth, height: innerHeight };
  const skipped = /^(script|style|link|template|noscript|head|title|meta|option|datalist)$/i;
  const roles = /^(button|link|tab|menuitem|menuitemcheckbox|menuitemradio|switch|checkbox|radio|option|combobox|slider|treeitem)$/;
  const dialogs = "dialog[open], [role=dialog], [role=alertdialog], [aria-modal=true]";
  const states = ["aria-expanded", "aria-selected", "aria-checked", "aria-pressed", "aria-current", "open", "src"];
  /** @type {unknown[][]} */
  const rows = [];
  /** @type {HTMLElement[]} */
  const held = [];
  /** @type {Record<string, unknown>[]} */
  const controls = [];
  /** @type {Element[]} */
  const forms = [];
  const aimed = /** @type {Element | undefined} */ (scope.aimed);
  let found = 0;
  let modals = 0;

  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  /** @type {Map<string, number[]>} */
  const colours = (scope.colours ??= new Map());
  /** @param {string} written @returns {number[]} red, green, blue, alpha */
  const colour = (written) => {
    let read = colours.get(written);
    if (read === undefined) {
      pen?.clearRect(0, 0, 1, 1);
      if (pen) pen.fillStyle = "#0000";
      if (pen) pen.fillStyle = written;
      pen?.fillRect(0, 0, 1, 1);
      read = [...(pen?.getImageData(0, 0, 1, 1).data ?? [])];
      if (colours.size < 5000) colours.set(written, read);
    }
    return read;
  };

  // A form shows its fields under their names in the place of its own members: `children` is a likely one.
  /** @param {Element} element @param {string} name @returns {any} */
  const member = (element, name) => Reflect.get(element instanceof HTMLFormElement ? HTMLElement.prototype : element, name, element);
  /** @param {Element} element @param {string} name @param {unknown[]} values @returns {any} */
  const ask = (element, name, ...values) => Reflect.apply(member(element, name), element, values);

  /** @param {unknown} written @param {number} most */
  const short = (written, most) => String(written ?? "").replace(/\s+/g, " ").trim().slice(0, most);
  /** @param {Element} element */
  const ownText = (element) => {
    let text = "";
    for (const node of member(element, "childNodes")) if (node.nodeType === 3 && text.length < options.text) text += node.nodeValue;
    return short(text, options.text);
  };

  /** @param {HTMLCanvasElement} canvas what is drawn on it, coarsely. */
  const drawn = (canvas) => {
    try {
      const side = options.canvas;
      const small = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
      small?.drawImage(canvas, 0, 0, side, side);
      return [...(small?.getImageData(0, 0, side, side).data ?? [])].map((value) => (value >> 5).toString(8)).join("");
    } catch {
      return "unreadable";
    }
  };

  /** @param {Element} element */
  const state = (element) => {
    const told = states.map((name) => short(ask(element, "getAttribute", name), 60));
    if (element instanceof HTMLInputElement) told.push(`${element.checked}`, short(element.value, 60));
    if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) told.push(short(element.value, 60));
    if (element instanceof HTMLCanvasElement) told.push(drawn(element));
    return told.some((value) => value !== "") ? told.join("|") : "";
  };

  /** @param {HTMLElement} element */
  const label = (element) => {
    const field = /** @type {any} */ (element);
    const names = [element.getAttribute("aria-label"), field.labels?.[0]?.innerText, /^(input|select|textarea)$/i.test(element.tagName) ? "" : element.innerText];
    names.push(element.getAttribute("placeholder"), element.getAttribute("title"), element.querySelector("img")?.getAttribute("alt"));
    if (/^(submit|button|reset)$/.test(field.type)) names.push(field.value);
    names.push(element.getAttribute("name"), element.id);
    return names.map((name) => short(name, options.label)).find((name) => name !== "") ?? "";
  };

  /** @param {Element | null} element */
  const kind = (element) => (element === null ? "" : `${member(element, "tagName").toLowerCase()}.${short(ask(element, "getAttribute", "class"), 200)}`);

  /** @param {HTMLElement} element */
  const native = (element) => {
    const role = (ask(element, "getAttribute", "role") ?? "").toLowerCase();
    const tag = member(element, "tagName").toLowerCase();
    const named = /^(button|input|select|textarea|summary)$/.test(tag) || (tag === "a" && element.hasAttribute("href"));
    return named || roles.test(role) || (element.isContentEditable && ask(element, "hasAttribute", "contenteditable"));
  };

  /** @param {HTMLElement} element */
  const enabled = (element) => !ask(element, "matches", ":disabled, [aria-disabled=true], [inert], [inert] *, input[type=hidden]");

  /** @param {string} written */
  const decoded = (written) => {
    try {
      return decodeURIComponent(written);
    } catch {
      return written;
    }
  };

  const chosenOnes = "[aria-selected=true], [aria-current]:not([aria-current=false]), [role=radio][aria-checked=true], input[type=radio]:checked";
  /** @param {HTMLElement} element one of a row of which one is chosen, and this is the one. */
  const chosen = (element) =>
    element.matches(chosenOnes) || (element.matches("[aria-pressed=true]") && (element.parentElement?.querySelectorAll(":scope > [aria-pressed]").length ?? 0) > 1);

  /**
   * @param {HTMLAnchorElement | null} link
   * @param {Element | null} target
   */
  const whole = (link, target) => {
    if (link === null || target === null || !ask(target, "contains", link)) return false;
    if (link.pathname + link.search !== location.pathname + location.search) return false;
    const tall = document.documentElement.scrollHeight;
    return ask(target, "getBoundingClientRect").height >= options.whole * tall;
  };

  /** @param {HTMLElement} element */
  const note = (element) => {
    found += 1;
    if (controls.length >= options.controls) return;
    const any = /** @type {any} */ (element);
    const form = /** @type {Element | null} */ (any.form instanceof Element ? any.form : null);
    if (form !== null && !forms.includes(form)) forms.push(form);
    const link = element instanceof HTMLAnchorElement ? element : null;
    const fragment = decoded((link?.hash ?? "").slice(1));
    const target = fragment === "" ? null : (document.getElementById(fragment) ?? document.getElementsByName(fragment)[0] ?? null);
    held.push(element);
    controls.push({
      tag: element.tagName.toLowerCase(),
      role: short(element.getAttribute("role"), 40).toLowerCase(),
      type: short(any.type, 40).toLowerCase(),
      label: label(element),
      href: link === null ? null : short(link.getAttribute("href"), 1001),
      download: link !== null && link.hasAttribute("download"),
      anchored: target !== null,
      whole: whole(link, target),
      selected: chosen(element),
      likeness: short(`${element.tagName} ${element.getAttribute("role") ?? ""} ${any.type ?? ""} ${kind(element.parentElement)} ${kind(element.parentElement?.parentElement ?? null)}`, 500),
      form: form === null ? -1 : forms.indexOf(form),
      submits: form !== null && /^(submit|image)$/.test(any.type ?? ""),
      group: short(element.getAttribute("name"), 80),
      read_only: any.readOnly === true,
      editable: element.isContentEditable,
      pattern: short(element.getAttribute("pattern"), 80),
      min: short(element.getAttribute("min"), 40),
      max: short(element.getAttribute("max"), 40),
      longest: typeof any.maxLength === "number" ? any.maxLength : -1,
      options: any.options?.length ?? 0,
    });
  };

  /** @typedef {{left: number, top: number, right: number, bottom: number}} Clip */
  /** @param {Clip} one @param {Clip} other @returns {Clip} */
  const within = (one, other) => ({
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  });
  const sheet = { left: 0, top: -scrollY, right: screen.width, bottom: 1e7 };

  /**
   * @param {Element} element
   * @param {{path: string, opacity: number, box: {x: number, y: number}, clip: Clip, free: Clip, inside: boolean, pointer: boolean, depth: number}} above
   *   `free` clips what is positioned absolutely; `inside` a control; `pointer`: the parent shows a hand.
   * @returns {boolean} whether anything of it, or in it, is to be seen.
   */
  const walk = (element, above) => {
    if (rows.length >= options.elements || above.depth > 200 || skipped.test(member(element, "tagName"))) return false;
    const style = getComputedStyle(element);
    const opacity = above.opacity * Number(style.opacity);
    if (style.display === "none" || opacity < 0.1) return false;
    const box = ask(element, "getBoundingClientRect");
    const fixed = style.position === "fixed";
    const bounds = fixed ? sheet : style.position === "absolute" ? above.free : above.clip;
    const shown = within(box, bounds);
    const seen = style.visibility === "visible" && shown.right - shown.left >= 4 && shown.bottom - shown.top >= 4;
    const clip = /visible/.test(style.overflowX) ? bounds : within(bounds, box);
    const placed = style.position !== "static" || style.transform !== "none";
    const html = element instanceof HTMLElement;
    const hand = style.cursor === "pointer";
    let control = false;
    if (seen && html && !above.inside) {
      const small = box.width * box.height < (screen.width * screen.height) / 2;
      const pointed = hand && !above.pointer && small && !(element instanceof HTMLLabelElement) && ![...ask(element, "querySelectorAll", "*")].slice(0, 500).some((inner) => inner instanceof HTMLElement && native(inner));
      control = enabled(element) && (native(element) || pointed);
      if (control) note(element);
    }
    const row = rows.length;
    if (seen) {
      if (html && (ask(element, "matches", dialogs) || (fixed && box.width * box.height > 0.9 * screen.width * screen.height))) modals += 1;
      const offset = fixed ? { x: 0, y: 0 } : above.box;
      const look = [...colour(style.color), ...colour(style.backgroundColor), ...(html ? [] : colour(style.fill)), Math.round(opacity * 255)];
      const close = aimed !== undefined && (ask(aimed, "contains", element) || ask(element, "contains", aimed));
      const finery = [style.transform === "none" ? "" : style.transform, style.textDecorationLine, style.backgroundImage.slice(0, 200)].join("|");
      rows.push([above.path, ownText(element), [box.x - offset.x, box.y - offset.y, box.width, box.height].map(Math.round), state(element), look, finery, close, control]);
    }
    let position = 0;
    const inner = {
      opacity,
      box: { x: box.x, y: box.y },
      clip,
      free: placed ? clip : above.free,
      inside: above.inside || control,
      pointer: hand,
      depth: above.depth + 1,
    };
    for (const child of member(element, "shadowRoot")?.children ?? member(element, "children")) {
      if (walk(child, { ...inner, path: `${above.path}/${position}` })) position += 1;
    }
    return seen || rows.length > row;
  };

  if (document.body !== null) {
    walk(document.body, { path: "", opacity: 1, box: { x: 0, y: 0 }, clip: sheet, free: sheet, inside: false, pointer: false, depth: 0 });
  }
  scope.held = held;
  return { rows, controls, found, modals, scroll: Math.round(scrollY), url: location.href.slice(0, 2000) };
}
