/**
 * Measures the page in an isolated world, where the page's own replacements of built-in functions do not reach.
 *
 * @param {{links: number, blocks: number, nodes: number, text: number, headings: number}} options most links, text
 *   blocks, elements, characters and headings told.
 */
export default function facts(options) {
  const body = document.body;
  const every = [...document.querySelectorAll("*")];
  const shown = every.slice(0, options.nodes);
  const screen = { width: window.innerWidth, height: window.innerHeight };

  /** @param {Element} element */
  const box = (element) => element.getBoundingClientRect();
  /** @param {Element} element */
  const visible = (element) => {
    const { width, height } = box(element);
    return width > 0 && height > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  /** @param {string} selector */
  const count = (selector) => [...document.querySelectorAll(selector)].slice(0, 2000).filter(visible).length;

  const root = document.querySelector("#root, #app, #__next");
  const mount = root ?? body;
  const filled = mount !== null && ([...mount.children].some((child) => !/^(SCRIPT|STYLE|LINK|TEMPLATE|NOSCRIPT)$/.test(child.tagName)) || (root?.textContent ?? "").trim() !== "");
  const painted = shown.some((element) => {
    if (!/^(IMG|CANVAS|SVG|VIDEO|IFRAME|PICTURE)$/i.test(element.tagName)) return false;
    const { width, height } = box(element);
    return width * height >= 64 && visible(element);
  });

  const written = (body?.innerText ?? "").trim();
  const sizes = new Set();
  const families = new Set();
  /** @type {number[][]} */
  const blocks = [];
  for (const element of shown) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && (node.nodeValue ?? "").trim() !== "");
    if (!own || /^(SCRIPT|STYLE|NOSCRIPT|TITLE|TEMPLATE)$/.test(element.tagName) || !visible(element)) continue;
    const style = getComputedStyle(element);
    const pixels = Math.round(Number.parseFloat(style.fontSize) * 10) / 10;
    sizes.add(pixels);
    families.add(style.fontFamily);
    const { x, y, width, height } = box(element);
    const onScreen = x < screen.width && y < screen.height && x + width > 0 && y + height > 0;
    if (onScreen && blocks.length < options.blocks) blocks.push([...[x, y, width, height].map(Math.round), pixels]);
  }

  const routed = "a[href], [data-href], [data-to], [routerlink], [to]";
  /** @param {Element} link */
  const leads = (link) =>
    ["href", "data-href", "data-to", "routerlink", "to"].map((name) => link.getAttribute(name) ?? "").find((value) => value !== "")?.slice(0, 1001) ?? "";
  const places = "nav, header, aside, [role=navigation], [role=tablist]";
  const pressable = [...document.querySelectorAll("button, [role=button], [role=link], [role=tab], a:not([href])")].filter(
    (button) => button.closest(places) !== null && button.closest("form") === null && visible(button),
  );

  /** @param {Element} element @param {number} most */
  const words = (element, most) => (element.textContent ?? "").slice(0, 2000).replace(/\s+/g, " ").trim().slice(0, most);
  /** @param {Element} element @param {string} name */
  const attribute = (element, name) => (element.getAttribute(name) ?? "").slice(0, 1001);
  /** @param {string} selector @param {number} most */
  const first = (selector, most) => [...document.querySelectorAll(selector)].slice(0, most);

  const outline = first("h1, h2, h3, h4, h5, h6", options.headings)
    .filter(visible)
    .map((heading) => [Number(heading.tagName.slice(1)), words(heading, 80)]);
  const kinds = ["header", "nav", "main", "footer", "aside", "section", "article", "form"];
  const landmarks = Object.fromEntries(kinds.map((kind) => [kind, count(kind)]));

  /** @param {Element} link */
  const aims = (link) => {
    const target = attribute(link, "href").trim().slice(1);
    let name = target;
    try {
      name = decodeURIComponent(target);
    } catch {
      // Not encoded: the name as it is written.
    }
    if (name === "" || name.toLowerCase() === "top") return name !== "";
    return document.getElementById(name) !== null || document.getElementsByName(name).length > 0;
  };
  const anchors = first("a[href]", options.links)
    .filter((link) => link instanceof HTMLAnchorElement)
    .map((link) => {
      const href = attribute(link, "href");
      const label = words(link, 60) || attribute(link, "aria-label").slice(0, 60);
      return { href, label, target: href.trim().startsWith("#") ? aims(link) : true };
    });
  const unnamed = first("img", 2000).filter((image) => visible(image) && !image.hasAttribute("alt")).length;

  /** @param {string} type @returns {any[]} */
  const entries = (type) => {
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) return [];
    const observer = new PerformanceObserver(() => {});
    observer.observe({ type, buffered: true });
    const told = observer.takeRecords();
    observer.disconnect();
    return told;
  };
  /** Of the worst five seconds, as browsers' makers count: shifts less than a second apart. */
  const shift = () => {
    let [worst, sum, start, last] = [0, 0, 0, 0];
    for (const { startTime, value, hadRecentInput } of entries("layout-shift")) {
      if (hadRecentInput) continue;
      const joins = sum > 0 && startTime - last < 1000 && startTime - start < 5000;
      if (!joins) start = startTime;
      sum = joins ? sum + value : value;
      last = startTime;
      worst = Math.max(worst, sum);
    }
    return Math.round(worst * 10000) / 10000;
  };
  const contentful = entries("paint").find((entry) => entry.name === "first-contentful-paint");
  const largest = entries("largest-contentful-paint").at(-1);
  /** When it was painted; `startTime` is when it came to the screen, which is real time. @param {any} entry */
  const moment = (entry) => (entry === undefined ? null : Math.round(entry.paintTime ?? entry.startTime));
  const vitals = { fcp_ms: moment(contentful), lcp_ms: moment(largest), cls: shift() };

  const overlays = "vite-error-overlay, #webpack-dev-server-client-overlay, nextjs-portal, iframe#react-error-overlay";
  return {
    title: document.title.slice(0, 300),
    text: written.slice(0, options.text),
    text_length: written.length,
    dom_nodes: every.length,
    links: document.querySelectorAll("a[href]").length,
    hrefs: [...document.querySelectorAll(routed)].filter((link) => link instanceof HTMLElement).slice(0, options.links).map(leads),
    nav_buttons: pressable.length,
    root: filled ? "mounted" : root === null ? "absent" : "childless",
    painted,
    first_paint: contentful !== undefined,
    overlay: document.querySelector(overlays) !== null,
    headings: count("h1, h2, h3, h4, h5, h6"),
    font_sizes: [...sizes].slice(0, 60),
    font_families: families.size,
    images: count("img, picture, svg, canvas, video"),
    controls: count("button, input, select, textarea, a[href], [role=button]"),
    landmarks: count("header, nav, main, footer, aside, section, article"),
    landmark_kinds: landmarks,
    outline,
    anchors,
    images_without_alt: unnamed,
    vitals,
    names_viewport: document.querySelector("meta[name=viewport]") !== null,
    viewport_overflow_px: Math.max(0, document.documentElement.scrollWidth - screen.width),
    page_height_px: document.documentElement.scrollHeight,
    text_blocks: blocks,
  };
}
