/**
 * Every text of the page with the place where it is drawn, in the document's order, open shadow trees and frames of the
 * page's own origin included; and what a program may read besides: attributes, the title, texts that are not drawn.
 *
 * Runs in an isolated world, and reaches everything through prototypes: an element that the page has named after a
 * property of its document or form stands in nobody's way.
 *
 * @param {{nodes: number, texts: number, characters: number, besides: {texts: number, characters: number}, source: number, length: number, boxes: number, styled: number}} options
 *   nodes looked at; texts and characters told of those drawn on the screen, and of all ``besides``; characters that are
 *   read of one node, and that one text has at most; boxes of one text; elements whose pseudo-elements are looked at.
 */
export default function words(options) {
  const { apply } = Reflect;
  /** @param {any} owner @param {string} name @returns {(of: any) => any} */
  const getter = (owner, name) => {
    const read = /** @type {Function} */ (Object.getOwnPropertyDescriptor(owner.prototype, name)?.get);
    return (of) => apply(read, of, []);
  };
  /** @param {any} owner @param {string} name @returns {(of: any, ...values: any[]) => any} */
  const method = (owner, name) => {
    const run = owner.prototype[name];
    return (of, ...values) => apply(run, of, values);
  };
  const parentOf = getter(Node, "parentNode");
  const typeOf = getter(Node, "nodeType");
  const valueOf = getter(Node, "nodeValue");
  const nameOf = getter(Element, "localName");
  const shadowOf = getter(Element, "shadowRoot");
  const hostOf = getter(ShadowRoot, "host");
  const rootOf = getter(Document, "documentElement");
  const anchorOf = getter(HTMLElement, "offsetParent");
  const innerOf = getter(HTMLIFrameElement, "contentDocument");
  const attributeOf = method(Element, "getAttribute");
  const boxOf = method(Element, "getBoundingClientRect");
  const walkerOf = method(Document, "createTreeWalker");
  const rangeOf = method(Document, "createRange");
  const [screenWide, screenTall] = [window.innerWidth, window.innerHeight];
  const pageTall = Math.max(screenTall, boxOf(rootOf(document)).height);

  const SILENT = new Set(["script", "style"]);
  const FLOWING = /^(inline|contents|ruby|math)/;
  const everything = { left: -1e9, top: -1e9, right: 1e9, bottom: 1e9 };
  /** @typedef {{left: number, top: number, right: number, bottom: number}} Edges */
  /** @typedef {{drawn: boolean, opacity: number, clip: Edges, block: any, inSvg: boolean, ground: number[] | null}} Place */

  /** @param {Edges} one @param {Edges} other @returns {Edges} */
  const within = (one, other) => ({
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  });
  /** Red, green, blue and opacity; null for a colour in other words. @param {string} colour @returns {number[] | null} */
  const channels = (colour) => {
    if (!/^rgba?\(/.test(colour)) return null;
    const [red = 0, green = 0, blue = 0, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  };
  /** @param {number[]} colour */
  const luminance = (colour) => {
    const [red = 0, green = 0, blue = 0] = colour.map((part) => (part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  /** @param {number[]} one @param {number[]} other */
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
  };

  /** @type {Map<any, Place>} */
  const known = new Map();
  /** @type {Place} */
  const start = { drawn: true, opacity: 1, clip: everything, block: null, inSvg: false, ground: [255, 255, 255, 1] };
  /** The element that a node hangs in, out of a shadow tree too. @param {any} node */
  const above = (node) => {
    const parent = parentOf(node);
    return parent !== null && typeOf(parent) === 11 && parent instanceof ShadowRoot ? hostOf(parent) : parent;
  };
  /** @param {any} element @param {CSSStyleDeclaration} style @param {Place} outer @returns {Edges} */
  const clipOf = (element, style, outer) => {
    let clip = style.position === "fixed" ? everything : outer.clip;
    if (style.position === "absolute" && element instanceof HTMLElement) clip = known.get(anchorOf(element))?.clip ?? everything;
    return style.overflowX === "visible" && style.overflowY === "visible" ? clip : within(clip, boxOf(element));
  };
  /** @param {CSSStyleDeclaration} style @param {number[] | null} outer @returns {number[] | null} null: a picture, or unknown */
  const groundOf = (style, outer) => {
    if (style.backgroundImage !== "none" && style.backgroundImage !== "") return null;
    const colour = channels(style.backgroundColor);
    if (colour === null) return null;
    return (colour[3] ?? 1) >= 0.9 ? colour : (colour[3] ?? 1) < 0.1 ? outer : null;
  };
  const CUT = /inset\(\s*(?:[5-9]\d|100)(?:\.\d+)?%|circle\(\s*0|rect\(\s*0(?:px)?,\s*0(?:px)?,\s*0(?:px)?/;
  /** @param {any} element @param {Place} outer @returns {Place} */
  const settle = (element, outer) => {
    const style = getComputedStyle(element);
    const opacity = outer.opacity * Number(style.opacity || 1);
    const drawn = outer.drawn && style.display !== "none" && opacity >= 0.02 && !CUT.test(`${style.clipPath} ${style.clip}`) && style.contentVisibility !== "hidden";
    const inSvg = outer.inSvg || nameOf(element) === "svg";
    const inline = (FLOWING.test(style.display) && style.position !== "absolute") || nameOf(element) === "tspan";
    return { drawn, opacity, clip: clipOf(element, style, outer), block: inline ? outer.block : element, inSvg, ground: groundOf(style, outer.ground) };
  };
  /** @param {any} element @returns {Place} */
  const placeOf = (element) => {
    const line = [];
    for (let node = element; node !== null && typeOf(node) === 1 && !known.has(node); node = above(node)) line.push(node);
    for (const node of line.reverse()) known.set(node, settle(node, known.get(above(node)) ?? start));
    return known.get(element) ?? start;
  };

  const told = { texts: /** @type {any[]} */ ([]), cut: false, crowded: false };
  const left = { screen: { texts: options.texts, characters: options.characters }, rest: { ...options.besides } };
  /** @param {number[]} box */
  const onScreen = ([x = 0, y = 0, wide = 0, tall = 0]) => x < screenWide && y < screenTall && x + wide > 0 && y + tall > 0;
  const UNSEEN = /(?:\u034f|[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff])+/g;
  /** In pieces where it is long; of the address of a document only what one piece holds. @param {string} text @param {string} where @param {string} gap @param {number[][]} boxes */
  const tell = (text, where, gap, boxes) => {
    const whole = text.slice(0, options.source).replace(UNSEEN, "").replace(/\s+/g, " ").trim();
    const room = boxes.some(onScreen) ? left.screen : left.rest;
    const end = where === "picture" || where === "frame" ? Math.min(whole.length, options.length) : whole.length;
    if (text.length > options.source || end < whole.length) told.cut = true;
    for (let from = 0; from < end; from += options.length) {
      const piece = whole.slice(from, from + options.length);
      room.texts -= 1;
      room.characters -= piece.length;
      if (room.texts < 0 || room.characters < 0) {
        told.cut = true;
        told.crowded ||= room === left.screen;
        return;
      }
      told.texts.push({ text: piece, where, gap: from === 0 ? gap : "", boxes });
    }
  };

  /** @param {Edges[]} edges @param {{x: number, y: number}} offset @returns {number[][]} whole pixels, at most so many */
  const boxesOf = (edges, offset) => {
    const boxes = edges
      .filter(({ left: from, top, right, bottom }) => right - from >= 0.5 && bottom - top >= 0.5 && Math.abs(from) + Math.abs(top) + Math.abs(right) + Math.abs(bottom) < 1e6)
      .map(({ left: from, top, right, bottom }) => [Math.floor(from + offset.x), Math.floor(top + offset.y), Math.ceil(right - from) + 1, Math.ceil(bottom - top) + 1]);
    return boxes.length <= options.boxes ? boxes : [...boxes.slice(0, options.boxes - 1), ...joined(boxes.slice(options.boxes - 1))];
  };
  /** @param {number[][]} boxes @returns {number[][]} one around all */
  const joined = (boxes) => {
    const [x, y] = [0, 1].map((at) => Math.min(...boxes.slice(0, 5000).map((box) => box[at] ?? 0)));
    const [right, bottom] = [0, 1].map((at) => Math.max(...boxes.slice(0, 5000).map((box) => (box[at] ?? 0) + (box[at + 2] ?? 0))));
    return [[x ?? 0, y ?? 0, (right ?? 0) - (x ?? 0), (bottom ?? 0) - (y ?? 0)]];
  };
  /** @param {number[][]} boxes whether no scrolling leads to any. */
  const isAway = (boxes) => boxes.every(([x = 0, y = 0, wide = 0, tall = 0]) => x + wide <= 0 || y + tall <= 0 || x >= Math.max(screenWide, 2000) || y >= pageTall + 2000);

  /** @param {any} element @param {Place} place */
  const faint = (element, place) => {
    const style = getComputedStyle(element);
    if (Number.parseFloat(style.fontSize) < 6) return true;
    const clipped = /text/.test(style.webkitBackgroundClip || style.backgroundClip || "");
    const colour = channels(place.inSvg ? style.fill : style.webkitTextFillColor || style.color);
    if (clipped || colour === null) return false;
    const strength = (colour[3] ?? 1) * place.opacity;
    return strength < 0.15 || (place.ground !== null && contrast(colour, place.ground) < 1.25);
  };
  /** Where the shadows of a text fall. @param {any} element @param {Edges[]} rects @returns {Edges[]} */
  const shadowsOf = (element, rects) => {
    const shadow = getComputedStyle(element).textShadow;
    if (shadow === "none" || shadow === "") return [];
    const sizes = (shadow.slice(0, 500).match(/-?[\d.]+(?=px)/g) ?? []).map(Number);
    const far = sizes.flatMap((x, at) => (at % 3 === 0 && at < 12 ? [[x, sizes[at + 1] ?? 0]] : [])).filter(([x = 0, y = 0]) => Math.abs(x) + Math.abs(y) > 4);
    return far.flatMap(([x = 0, y = 0]) => rects.slice(0, 5).map((rect) => ({ left: rect.left + x, top: rect.top + y, right: rect.right + x, bottom: rect.bottom + y })));
  };
  /** @param {any} element @param {Edges[]} rects @param {{x: number, y: number}} offset @returns {[string, number[][]]} */
  const seen = (element, rects, offset) => {
    const place = placeOf(element);
    if (!place.drawn || getComputedStyle(element).visibility !== "visible") return ["hidden", []];
    const boxes = boxesOf([...rects, ...shadowsOf(element, rects)].map((rect) => within(rect, place.clip)), offset);
    if (boxes.length === 0) return ["hidden", []];
    if (isAway(boxes)) return ["off-screen", boxes];
    if (faint(element, place)) return ["faint", boxes];
    return [place.inSvg ? "svg" : "visible", boxes];
  };

  /** What came last, among the texts that are drawn and among the others. */
  const flows = { drawn: { gap: "\n", block: /** @type {any} */ (null) }, hidden: { gap: "\n", block: /** @type {any} */ (null) } };
  /** @param {any} node @param {Range} range @param {{x: number, y: number}} offset */
  const readText = (node, range, offset) => {
    const text = String(valueOf(node) ?? "");
    const element = above(node);
    if (text === "" || element === null || typeOf(element) !== 1 || SILENT.has(nameOf(element))) return;
    if (text.trim() === "") {
      space();
      return;
    }
    range.selectNodeContents(node);
    const [where, boxes] = seen(element, [...range.getClientRects()], offset);
    const names = nameOf(element) === "title" && where === "hidden";
    const own = placeOf(element).block;
    const flow = where === "hidden" ? flows.hidden : flows.drawn;
    if (/^\s/.test(text)) space();
    tell(text, names ? "document" : where, own === flow.block ? flow.gap : "\n", boxes);
    flow.block = own;
    flow.gap = /\s$/.test(text) ? " " : "";
  };
  const space = () => {
    flows.drawn.gap ||= " ";
    flows.hidden.gap ||= " ";
  };

  /** @param {any} element @param {{x: number, y: number}} offset @returns {number[][]} where it is drawn. */
  const drawnAt = (element, offset) => seen(element, [boxOf(element)], offset)[1];
  const widthOf = getter(HTMLImageElement, "naturalWidth");
  /** Whether its alternative text is drawn in its place. @param {any} element */
  const isLost = (element) => element instanceof HTMLImageElement && widthOf(element) === 0;
  const ATTRIBUTES = Object.entries({ alt: "alt", title: "title", placeholder: "placeholder", "aria-label": "aria", "aria-description": "aria", "aria-roledescription": "aria", "aria-valuetext": "aria", "aria-placeholder": "aria" });
  /** @param {any} element @param {{x: number, y: number}} offset */
  const readAttributes = (element, offset) => {
    for (const [name, where] of ATTRIBUTES) {
      const value = attributeOf(element, name);
      if (value !== null && value.trim() !== "") tell(value, where, "\n", where === "placeholder" || (where === "alt" && isLost(element)) ? drawnAt(element, offset) : []);
    }
  };
  const valueIn = getter(HTMLInputElement, "value");
  const valueInArea = getter(HTMLTextAreaElement, "value");
  const chosenIn = getter(HTMLSelectElement, "selectedOptions");
  const labelOf = getter(HTMLOptionElement, "label");
  const textOf = getter(Node, "textContent");
  const byName = method(Document, "getElementById");
  const PAINTED = /^(?:blob:|data:image\/(?!svg))/;
  const DOCUMENTS = /^\s*data:(?:image\/svg|text\/|application\/xhtml)|\.svg(?:[?#]|$)/i;
  /** What is a document itself: its address or its text is told, and read elsewhere. @param {any} element @param {string} kind @param {{x: number, y: number}} offset */
  const readWithin = (element, kind, offset) => {
    for (const name of ["src", "srcset", "data", "srcdoc", "href", "poster"]) {
      const value = attributeOf(element, name);
      if (value !== null && (name === "srcdoc" || DOCUMENTS.test(value))) tell(value, kind, "\n", drawnAt(element, offset));
      else if (value !== null && PAINTED.test(value)) tell("canvas", "canvas", "\n", drawnAt(element, offset));
    }
  };
  /** @type {Record<string, (element: any, offset: {x: number, y: number}) => void>} */
  const KINDS = {
    input: (element, offset) => !/^(hidden|password|checkbox|radio)$/.test(attributeOf(element, "type") ?? "") && tell(valueIn(element), "value", "\n", drawnAt(element, offset)),
    textarea: (element, offset) => tell(valueInArea(element), "value", "\n", drawnAt(element, offset)),
    img: (element, offset) => readWithin(element, "picture", offset),
    image: (element, offset) => readWithin(element, "picture", offset),
    object: (element, offset) => readWithin(element, "picture", offset),
    embed: (element, offset) => readWithin(element, "picture", offset),
    iframe: (element, offset) => readWithin(element, "frame", offset),
    select: (element, offset) => tell([...chosenIn(element)].slice(0, 20).map(labelOf).join(" "), "value", "\n", drawnAt(element, offset)),
    optgroup: (element, offset) => tell(attributeOf(element, "label") ?? "", "value", "\n", drawnAt(element, offset)),
    option: (element, offset) => tell(attributeOf(element, "label") ?? "", "value", "\n", drawnAt(element, offset)),
    use: (element, offset) => {
      const name = attributeOf(element, "href") ?? attributeOf(element, "xlink:href") ?? "";
      const drawn = name.startsWith("#") ? byName(document, name.slice(1)) : null;
      if (drawn !== null) tell(textOf(drawn).slice(0, options.length), "svg", "\n", drawnAt(element, offset));
    },
    canvas: (element, offset) => tell("canvas", "canvas", "\n", drawnAt(element, offset)),
    meta: (element) => tell(attributeOf(element, "content") ?? "", "meta", "\n", []),
  };

  let styled = options.styled;
  /** About where a pseudo-element lies: no call tells. @param {any} element @param {CSSStyleDeclaration} style @returns {Edges[]} */
  const pseudoBoxes = (element, style) => {
    const own = boxOf(element);
    if (style.position !== "absolute" && style.position !== "fixed") return [own];
    const [from, top, wide, tall] = [style.left, style.top, style.width, style.height].map(Number.parseFloat);
    const base = style.position === "fixed" ? { left: 0, top: 0 } : own;
    const x = base.left + (from || 0);
    const y = base.top + (top || 0);
    return [{ left: x, top: y, right: x + (wide || 0), bottom: y + (tall || 0) }, own];
  };
  const PICTURES = ["backgroundImage", "borderImageSource", "listStyleImage", "maskImage", "content"];
  /** Pictures that a style draws and that are documents themselves. @param {any} style @param {() => number[][]} boxes */
  const readPictures = (style, boxes) => {
    for (const name of PICTURES) {
      const value = style[name];
      if (typeof value !== "string" || !value.includes("url(")) continue;
      for (const [, quoted, bare] of value.matchAll(/url\((?:"((?:[^"\\]|\\.)*)"|([^")]*))\)/g)) {
        const address = quoted ?? bare ?? "";
        if (DOCUMENTS.test(address)) tell(address, "picture", "\n", boxes());
        else if (PAINTED.test(address)) tell("canvas", "canvas", "\n", boxes());
      }
    }
  };
  /** @param {string} value @returns {string} what stands in quotes in it. */
  const quotedIn = (value) => (value.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((one) => one.slice(1, -1).replace(/\\(.)/g, "$1")).join("");
  /** What the page's own numberings write, by their names. @returns {Map<string, string>} */
  const numberings = () => {
    const found = new Map();
    for (const sheet of [...document.styleSheets].slice(0, 50)) {
      try {
        for (const rule of sheet.cssRules) {
          if (rule instanceof CSSCounterStyleRule) found.set(rule.name, quotedIn(`${rule.prefix} ${rule.symbols} ${rule.additiveSymbols} ${rule.suffix}`));
        }
      } catch {
        // A sheet of another origin tells nobody its rules.
      }
    }
    return found;
  };
  const numbered = numberings();
  /** @param {string} value @returns {string} what the numberings that it names write. */
  const namedIn = (value) => [...numbered].map(([name, text]) => (value.includes(name) ? text : "")).join("");
  /** The mark of a list's item, which stands in it or left of it. @param {any} element @param {CSSStyleDeclaration} own @param {{x: number, y: number}} offset */
  const readMark = (element, own, offset) => {
    if (!own.display.includes("list-item")) return;
    const content = getComputedStyle(element, "::marker").content;
    const text = quotedIn(content) || quotedIn(own.listStyleType) || namedIn(own.listStyleType);
    const { top, right, bottom } = boxOf(element);
    if (/[\p{L}\p{N}]/u.test(text)) tell(text, "pseudo", "\n", seen(element, [{ left: 0, top, right, bottom }], offset)[1]);
  };
  /** @param {any} element @param {{x: number, y: number}} offset */
  const readStyles = (element, offset) => {
    if (styled <= 0 || !(element instanceof HTMLElement)) return;
    styled -= 1;
    for (const which of ["::before", "::after"]) {
      const style = getComputedStyle(element, which);
      if (style.content === "none" || style.content === "normal" || style.content === "") continue;
      readPictures(style, () => drawnAt(element, offset));
      const named = [...style.content.matchAll(/attr\(([\w-]+)/g)].map(([, name]) => attributeOf(element, name ?? "") ?? "");
      const text = [quotedIn(style.content), ...named, style.content.includes("counter") ? namedIn(style.content) : ""].join("");
      if (/[\p{L}\p{N}]/u.test(text)) tell(text, "pseudo", "\n", style.display === "none" ? [] : seen(element, pseudoBoxes(element, style), offset)[1]);
    }
    const own = getComputedStyle(element);
    readPictures(own, () => drawnAt(element, offset));
    readMark(element, own, offset);
  };

  let nodes = options.nodes;
  /** @param {any} root @param {any} owner its document @param {{x: number, y: number}} offset @param {number} depth */
  const walk = (root, owner, offset, depth) => {
    const range = rangeOf(owner);
    const walker = walkerOf(owner, root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.currentNode; node !== null && nodes > 0; node = walker.nextNode(), nodes -= 1) {
      const type = typeOf(node);
      if (type === 3) readText(node, range, offset);
      if (type !== 1 || SILENT.has(nameOf(node))) continue;
      readAttributes(node, offset);
      readStyles(node, offset);
      if (Object.hasOwn(KINDS, nameOf(node))) KINDS[nameOf(node)]?.(node, offset);
      if (nameOf(node) === "br") space();
      if (depth >= 5) continue;
      const shadow = shadowOf(node);
      if (shadow !== null) walk(shadow, owner, offset, depth + 1);
      const inner = nameOf(node) === "iframe" && node instanceof HTMLIFrameElement ? innerOf(node) : null;
      const box = inner && boxOf(node);
      if (inner && rootOf(inner) !== null) walk(rootOf(inner), inner, { x: offset.x + box.x, y: offset.y + box.y }, depth + 1);
    }
    if (nodes <= 0) told.cut = told.crowded = true;
  };
  walk(rootOf(document), document, { x: 0, y: 0 }, 0);
  return told;
}
