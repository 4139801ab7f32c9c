import { decline } from './types.mjs';

/**
 * What Vite 5 to 7 (esbuild, Rollup) and our bundler (oxc, Rolldown) read differently, as far as a text shows it. A hit
 * that is none only sends a project to its own toolchain.
 *
 * @type {ReadonlyArray<[RegExp, RegExp, string]>} paths, text, what differs
 */
const DIFFERENCES = [
  [/\.[mc]?[jt]sx?$/, /(?<![\w$.'"`/-])require\s*\(/, 'require, which Rollup leaves as it is'],
  [/\.[mc]?[jt]sx?$/, /^[ \t]*(module\.exports|exports\.\w+)\s*=/m, 'CommonJS, which Rollup leaves as it is'],
  [/\.[mc]?[jt]sx?$/, /^(export\s+)?((const|let|var)\s[^\n;=]*=\s*)?await\b/m, 'await outside of a function'],
  [/\.[mc]?[jt]sx?$/, /\bfrom\s*['"][^'"\n]+['"]\s*assert\s*\{/, 'an import assertion'],
  [/\.[mc]?[jt]sx?$/, /\bimport\.meta\.glob(Eager\b|\([^)]{0,300}\bas\s*:)/, 'an old form of import.meta.glob'],
  [/\.[mc]?[jt]sx?$/, /\b(from|import)\s*['"][^'"\n]{0,200}[./](scss|sass|less|styl)\b[^'"\n]{0,100}['"]/, 'a style sheet to be compiled'],
  [/\.[mc]?js$/, /(\breturn\b|=>|=|\()\s*(\(\s*)?<[A-Za-z>]/, 'JSX in a .js file'],
  [/\.[mc]?ts$/, /\breturn\s*\(\s*<[A-Za-z>]/, 'JSX in a .ts file'],
];

const DECORATOR = /^[ \t]*@[A-Za-z_$][\w$.]*(\([^\n]*\))?\s*(export\s+)?(default\s+)?(abstract\s+)?class\s/m;

/** Folders and files that no page of a site is built from. */
const ELSEWHERE = /^(public|dist|build|dev-dist|coverage|server|api|backend|scripts|supabase|functions|tests?|e2e|cypress|contracts?)\/|\.(test|spec)\.[jt]sx?$/;

/**
 * @param {ReadonlyMap<string, string>} files
 * @param {import('./types.mjs').TypescriptPart} typescript
 */
export function readSources(files, typescript) {
  const isNamed = namedFiles(files);
  for (const [path, text] of files) {
    if (!isNamed(path)) continue;
    if (ELSEWHERE.test(path) || (!path.includes('/') && /\.([mc]?js|config\.[mc]?ts)$/.test(path))) continue;
    if (!/\.[mc]?[jt]sx?$/.test(path)) continue;
    for (const [paths, pattern, what] of DIFFERENCES) {
      if (paths.test(path) && pattern.test(text)) decline(`${path}: ${what}`);
    }
    if (!typescript.experimentalDecorators && DECORATOR.test(text)) decline(`${path}: decorators`);
  }
}

const SPECIFIER = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\(|\bsrc=)\s*["'`]([^"'`\n]+)["'`]/g;
const UNNAMED = /import\.meta\.glob|\bnew\s+(URL|Worker|SharedWorker)\b/;

/**
 * Which files can be part of the site: those whose name ends some import, and every index.
 *
 * @param {ReadonlyMap<string, string>} files
 * @returns {(path: string) => boolean}
 */
function namedFiles(files) {
  /** @type {Set<string>} */
  const names = new Set(['index']);
  for (const [path, text] of files) {
    if (!/\.([mc]?[jt]sx?|html)$/.test(path)) continue;
    if (UNNAMED.test(text) && !ELSEWHERE.test(path) && !/config\.[mc]?[jt]s$/.test(path)) return () => true;
    for (const [, specifier] of text.matchAll(SPECIFIER)) names.add(stem(specifier));
  }
  return (path) => names.has(stem(path));
}

/** @param {string} path @returns {string} the last part, without extension and query */
function stem(path) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.replace(/\?.*$/, '').replace(/\.[mc]?[jt]sx?$/, '');
}
