import { isHarmless } from './harmless.mjs';
import { dropped, IGNORED, number, object, oneOf, text, texts, truth } from './keys.mjs';
import { decline } from './types.mjs';
import { isRecord } from './values.mjs';

/** @typedef {import('./project.mjs').Project} Project */
/** @typedef {import('./keys.mjs').KeyReader} KeyReader */

const TARGET = /^(modules|esnext|es20(1[5-9]|2\d)|baseline-widely-available|(chrome|edge|firefox|safari|ios)\d+(\.\d+)*)$/;

/**
 * Readers of `build`. What only names, splits, minifies or maps the output is the builder's own choice.
 *
 * @param {Project} project
 * @returns {Record<string, KeyReader>}
 */
export const BUILD = (project) => ({
  outDir: (value, where) => (text(value, where), IGNORED),
  emptyOutDir: dropped,
  target: (value, where) => target(value, where),
  cssTarget: (value, where) => target(value, where),
  sourcemap: dropped,
  minify: oneOf(true, false, 'esbuild', 'oxc'),
  cssMinify: oneOf(true, false, 'esbuild'),
  terserOptions: dropped,
  chunkSizeWarningLimit: dropped,
  reportCompressedSize: dropped,
  manifest: oneOf(true, false),
  modulePreload: oneOf(true, false),
  watch: oneOf(null),
  write: oneOf(true),
  ssr: oneOf(false),
  assetsDir: (value, where) => {
    const folder = text(value, where);
    return /^[\w-][\w./-]*$/.test(folder) && !folder.includes('..') ? folder : decline(`${where}: not a plain folder`);
  },
  assetsInlineLimit: number,
  cssCodeSplit: truth,
  copyPublicDir: oneOf(true),
  rollupOptions: (value, where) => bundle(project, value, where),
  rolldownOptions: (value, where) => bundle(project, value, where),
});

/** @type {KeyReader} */
const target = (value, where) => {
  for (const name of Array.isArray(value) ? texts(value, where) : [text(value, where)]) {
    if (!TARGET.test(name)) decline(`${where}: ${name} is not built here`);
  }
  return IGNORED;
};

/** @param {Project} project @param {unknown} value @param {string} where */
function bundle(project, value, where) {
  const read = object({
    input: (pages, at) => input(project, pages, at),
    external: (names, at) => (texts(names, at).length === 0 ? IGNORED : decline(`${at}: external modules`)),
    output: object({
      manualChunks: (chunks, at) => manualChunks(project, chunks, at),
      entryFileNames: fileNames,
      chunkFileNames: fileNames,
      assetFileNames: fileNames,
      compact: dropped,
      sourcemap: dropped,
    }),
  })(value, where);
  return read.input === undefined ? IGNORED : { input: read.input };
}

/** @type {KeyReader} */
const fileNames = (value, where) => {
  const plain = typeof value === 'string' && !value.includes('..') && !value.startsWith('/');
  return plain || isHarmless(value) ? IGNORED : decline(`${where}: not plain names`);
};

/** @param {Project} project @param {unknown} value @param {string} where */
function manualChunks(project, value, where) {
  if (value === undefined || isHarmless(value)) return IGNORED;
  if (!isRecord(value)) decline(`${where}: not known here`);
  for (const name of Object.values(value).flatMap((names) => texts(names, where))) {
    const parts = name.split('/');
    const owner = parts.slice(0, name.startsWith('@') ? 2 : 1).join('/');
    if (!project.declares(owner)) decline(`${where}: ${name} is not declared`);
  }
  return IGNORED;
}

/** @param {Project} project @param {unknown} value @param {string} where */
function input(project, value, where) {
  const page = (/** @type {unknown} */ path) => {
    const absolute = project.inside(text(path, where).replace(/^\/(?!.*\/)/, './'), where);
    const isPage = absolute.endsWith('.html') && project.files.has(absolute.slice(project.root.length + 1));
    return isPage ? absolute : decline(`${where}: not a page of the project`);
  };
  if (Array.isArray(value)) return value.map(page);
  if (!isRecord(value)) return page(value);
  return Object.fromEntries(Object.entries(value).map(([name, path]) => [name, page(path)]));
}
