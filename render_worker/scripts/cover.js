/**
 * What the first screen is covered with, point by point, as the eye goes down through what lies there: to the first
 * picture, or the first opaque colour. And which texts can be read there, which controls reached, which texts overlap.
 *
 * Elements that let clicks through are made to answer for the moment, by a style sheet that the page cannot observe.
 *
 * @param {{columns: number, rows: number, nodes: number, stack: number, blocks: number}} options points across and
 *   down; elements of a page that is still looked at; elements that all points together may name; texts.
 * @returns what was found, or null where the page has more elements than may be looked at.
 */
export default function cover(options) {
  const { columns, rows } = options;
  const [width, height] = [window.innerWidth, window.innerHeight];
  if (document.getElementsByTagName("*").length > options.nodes) return null;

  /** @type {Map<Element, string>} */
  const known = new Map();
  const tags = new Map(
    Object.entries({ IMG: "picture", INPUT: "picture", CANVAS: "canvas", VIDEO: "video", SVG: "svg", IFRAME: "frame", OBJECT: "frame", EMBED: "frame" }),
  );

  /** @param {string} image */
  const painted = (image) => (image.includes("url(") || image.includes("image-set(") ? "picture" : image.includes("gradient(") ? "gradient" : "");
  /** @param {CSSStyleDeclaration} style */
  const ground = (style) => painted(style.backgroundImage) || painted(style.borderImageSource) || painted(style.content);
  /** @param {string} colour */
  const opaque = (colour) => {
    const alpha = colour.match(/[,/]\s*([\d.]+)(%?)\s*\)$/);
    if (colour === "transparent" || !/[/]|a\(/.test(colour)) return colour !== "transparent";
    return alpha === null || Number(alpha[1]) / (alpha[2] === "%" ? 100 : 1) >= 0.9;
  };
  /** @param {Element} element @param {"::before" | "::after"} which */
  const beside = (element, which) => {
    const style = getComputedStyle(element, which);
    if (style.content === "none" || style.content === "normal" || style.display === "none") return "";
    const { width: across, height: down } = element.getBoundingClientRect();
    const large = Number.parseFloat(style.width) * Number.parseFloat(style.height) >= 0.5 * across * down;
    return large && Number(style.opacity) > 0.05 ? ground(style) || (opaque(style.backgroundColor) && style.backgroundColor !== "" ? "plain" : "") : "";
  };

  /** Said of an element: kind of picture, ``plain`` for an opaque colour, or nothing. @param {Element} element */
  const look = (element) => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return "";
    const style = getComputedStyle(element);
    if (Number(style.opacity) < 0.05) return "";
    if (element.closest("svg") !== null) return "svg";
    const tag = tags.get(element.tagName.toUpperCase());
    if (tag !== undefined && (element.tagName !== "INPUT" || element.getAttribute("type") === "image")) return tag;
    const besides = beside(element, "::after") || beside(element, "::before");
    if (besides !== "" && besides !== "plain") return besides;
    return ground(style) || (besides === "plain" || opaque(style.backgroundColor) ? "plain" : "");
  };
  /** @param {Element} element */
  const kind = (element) => {
    const told = known.get(element);
    if (told !== undefined) return told;
    const seen = look(element);
    known.set(element, seen);
    return seen;
  };

  let left = options.stack;
  /** All that lies at a point, the topmost first; shadow trees opened. @param {number} x @param {number} y */
  const stack = (x, y) => {
    /** @type {Element[]} */
    const found = [];
    for (const element of document.elementsFromPoint(x, y)) {
      const inner = element.shadowRoot?.elementsFromPoint(x, y) ?? [];
      found.push(...inner.filter((one) => one !== element && one.getRootNode() === element.shadowRoot), element);
    }
    left -= found.length;
    return found;
  };

  /** @param {Element} element @param {Element[]} at whether the element is seen there, and not behind something */
  const shows = (element, at) => {
    for (const one of at) {
      if (one === element || element.contains(one)) return true;
      if (kind(one) !== "" && !one.contains(element)) return false;
    }
    return false;
  };

  const read = () => {
    /** @type {{element: Element, text: string, box: DOMRect}[]} */
    const texts = [];
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let steps = 0, node = walker.nextNode(); node !== null && steps < options.nodes && texts.length < options.blocks && left > 0; node = walker.nextNode(), steps += 1) {
      const text = (node.nodeValue ?? "").trim();
      const element = node.parentElement;
      if (text === "" || element === null || /^(SCRIPT|STYLE|NOSCRIPT|TITLE|TEMPLATE|OPTION)$/.test(element.tagName)) continue;
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      if (box.width < 2 || box.height < 6 || x < 0 || y < 0 || x >= width || y >= height) continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const line = range.getClientRects()[0] ?? box;
      if (shows(element, stack(line.x + line.width / 2, line.y + line.height / 2))) texts.push({ element, text, box });
    }
    return texts;
  };

  /** @param {ReturnType<typeof read>} texts */
  const collide = (texts) => {
    /** @type {string[][]} */
    const pairs = [];
    for (const [index, one] of texts.entries()) {
      for (const other of texts.slice(index + 1)) {
        if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        const smaller = Math.min(one.box.width * one.box.height, other.box.width * other.box.height);
        if (across > 2 && down > 2 && across * down >= 0.25 * smaller) pairs.push([one.text, other.text]);
      }
    }
    return pairs;
  };

  const reach = () => {
    const controls = [...document.querySelectorAll("button, input, select, textarea, a[href], [role=button]")].slice(0, options.blocks);
    return controls.filter((control) => {
      const { x, y, width: across, height: down } = control.getBoundingClientRect();
      const [left_, top] = [x + across / 2, y + down / 2];
      return across > 2 && down > 2 && left_ >= 0 && top >= 0 && left_ < width && top < height && left > 0 && shows(control, stack(left_, top));
    }).length;
  };

  const sample = () => {
    /** @type {Record<string, number>} */
    const shares = {};
    let points = 0;
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        if (left <= 0) return null;
        const at = stack(((column + 0.5) * width) / columns, ((row + 0.5) * height) / rows);
        const seen = at.map(kind).find((one) => one !== "") ?? "";
        points += 1;
        if (seen !== "" && seen !== "plain") shares[seen] = (shares[seen] ?? 0) + 1;
      }
    }
    for (const name of Object.keys(shares)) shares[name] = Math.round(((shares[name] ?? 0) / points) * 1000) / 1000;
    return shares;
  };

  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, *::before, *::after { pointer-events: auto !important; }");
  const before = [...document.adoptedStyleSheets];
  document.adoptedStyleSheets = [...before, sheet];
  try {
    const covered = sample();
    const texts = read();
    const pairs = collide(texts);
    return {
      covered,
      readable: texts.reduce((sum, { text }) => sum + text.length, 0),
      reachable: reach(),
      overlaps: pairs.length,
      overlap_example: (pairs[0] ?? []).map((text) => text.slice(0, 60)),
    };
  } finally {
    document.adoptedStyleSheets = before;
  }
}
