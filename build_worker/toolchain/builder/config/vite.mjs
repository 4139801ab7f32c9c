import { readAlias } from './alias.mjs';
import { BUILD } from './vite_build.mjs';
import { dropped, IGNORED, ignored, object, readKeys, text, texts } from './keys.mjs';
import { Host } from './host.mjs';
import { inlinePostcss } from './postcss.mjs';
import { readPlugins } from './vite_plugins.mjs';
import { readScript } from './scripts.mjs';
import { decline } from './types.mjs';
import { isRecord, literal } from './values.mjs';

/** @typedef {import('./project.mjs').Project} Project */
/** @typedef {import('./keys.mjs').KeyReader} KeyReader */

/** In Vite's own order. */
const FILES = ['js', 'mjs', 'ts', 'cjs', 'mts', 'cts'].map((extension) => `vite.config.${extension}`);

const IN_A_BUILD = { mode: 'production', command: 'build', isSsrBuild: false, ssrBuild: false, isPreview: false };

/** Keys that are about the development server, the tests and the terminal. */
const ELSEWHERE = ['server', 'preview', 'optimizeDeps', 'clearScreen', 'logLevel', 'test', 'cacheDir', 'ssr'];

/**
 * @typedef {object} ViteReading
 * @property {Record<string, any>} vite
 * @property {string} base
 * @property {import('./vite_plugins.mjs').Plugins} plugins
 * @property {Record<string, any> | undefined} jsx what `esbuild` says of JSX
 * @property {import('./types.mjs').PostcssPlugin[] | undefined} postcss
 * @property {string[]} ignored
 */

/**
 * @param {Project} project
 * @param {{nodes: number}} budget
 * @returns {ViteReading}
 */
export function readVite(project, budget) {
  if (!project.declares('vite')) decline('package.json: vite is not declared');
  const file = project.first(FILES);
  const value = file === undefined ? Object.create(null) : exported(project, file, budget);
  if (!isRecord(value)) decline(`${file}: exports no object that can be read as data`);
  return reading(project, file ?? 'vite', value);
}

/** @param {Project} project @param {string} file @param {{nodes: number}} budget */
function exported(project, file, budget) {
  const host = new Host(file, project, 'vite');
  const environment = Object.assign(Object.create(null), IN_A_BUILD);
  return readScript(host, project.files.get(file) ?? '', budget, [environment]).value;
}

/** @param {Project} project @param {string} file @param {Record<string, unknown>} value @returns {ViteReading} */
function reading(project, file, value) {
  const { base = '/', plugins, esbuild, css, ...vite } = readKeys(readers(project, file), value, file);
  const { postcss: inline, ...styles } = css ?? {};
  if (plugins?.tsconfigPaths) vite.resolve = { ...vite.resolve, tsconfigPaths: true };
  if (Object.keys(styles).length > 0) vite.css = styles;
  if (vite.build) vite.build = renamed(vite.build);
  const left = Object.keys(value).filter((key) => ELSEWHERE.includes(key));
  return {
    vite,
    base,
    plugins: plugins ?? { react: null, tailwind: false, tsconfigPaths: false },
    jsx: esbuild,
    postcss: inline,
    ignored: left,
  };
}

/** @param {Record<string, any>} build @returns {Record<string, any>} with the bundler's own name for its options */
function renamed({ rollupOptions, ...build }) {
  return rollupOptions === undefined ? build : { ...build, rolldownOptions: rollupOptions };
}

/** @param {Project} project @param {string} file @returns {Record<string, KeyReader>} */
function readers(project, file) {
  return {
    ...Object.fromEntries(ELSEWHERE.map((key) => [key, ignored])),
    appType: (value, where) => (value === 'spa' ? IGNORED : decline(`${where}: not a single-page application`)),
    mode: (value, where) => (value === 'production' ? IGNORED : decline(`${where}: not production`)),
    root: (value, where) => (project.inside(text(value, where), where) === project.root ? IGNORED : decline(`${where}: a folder`)),
    base: text,
    plugins: (value, where) => readPlugins(project, file, value, where),
    resolve: object({
      alias: (value, where) => readAlias(project, value, where),
      extensions: texts,
      dedupe: texts,
      preserveSymlinks: dropped,
      tsconfigPaths: (value, where) => value === true || decline(`${where}: not true`),
    }),
    define: (value, where) => definitions(project, value, where),
    publicDir: (value, where) => (value === false ? false : project.inside(text(value, where), where)),
    envDir: (value, where) => project.inside(text(value, where), where),
    envPrefix: prefixes,
    assetsInclude: (value, where) => assets(value, where),
    css: object({
      modules: literal,
      postcss: (value, where) => inlinePostcss(project, file, value, where),
      preprocessorOptions: ignored,
      devSourcemap: dropped,
      transformer: (value, where) => (value === 'postcss' ? IGNORED : decline(`${where}: not PostCSS`)),
    }),
    build: (value, where) => readKeys(BUILD(project), value, where),
    esbuild: object({ jsx: text, jsxImportSource: text, jsxFactory: text, jsxFragment: text, legalComments: dropped, logOverride: dropped }),
  };
}

/** @type {KeyReader} */
const prefixes = (value, where) => {
  const read = Array.isArray(value) ? texts(value, where) : text(value, where);
  return [read].flat().includes('') ? decline(`${where}: empty`) : read;
};

/** @type {KeyReader} */
const assets = (value, where) => {
  const globs = Array.isArray(value) ? texts(value, where) : [text(value, where)];
  for (const glob of globs) if (!/^\*\*\/\*\.[\w{},]+$/.test(glob)) decline(`${where}: more than a file extension`);
  return globs;
};

/** @param {Project} project @param {unknown} value @param {string} where @returns {Record<string, string>} */
function definitions(project, value, where) {
  if (!isRecord(value)) decline(`${where}: not an object that can be read as data`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, definition(project, item, `${where}.${key}`)]));
}

/** @param {Project} project @param {unknown} value @param {string} where @returns {string} */
function definition(project, value, where) {
  const read = literal(value, where);
  const source = typeof read === 'string' ? read : String(JSON.stringify(read));
  if (source.includes(project.root)) decline(`${where}: tells where the project lies`);
  return isEntity(source) ? source : decline(`${where}: neither JSON nor a name`);
}

/** esbuild refuses any other replacement. @param {string} source */
function isEntity(source) {
  if (/^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/.test(source)) return true;
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}
