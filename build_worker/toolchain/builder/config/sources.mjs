import { decline } from './types.mjs';

/**
 * What Vite 5 to 7 (esbuild, Rollup) and our bundler (oxc, Rolldown) read differently, as far as a text shows it. A hit
 * that is none only sends a project to its own toolchain.
 *
 * @type {ReadonlyArray<[RegExp, RegExp, string]>} paths, text, what differs
 */
const DIFFERENCES = [
  [/\.[mc]?[jt]sx?$/, /(?<![\w$.'"`/-])require\s*\(/, 'require, which Rollup leaves as it is'],
  [/\.[mc]?[jt]sx?$/, /^\s*(module\.exports|exports\.\w+)\s*=/m, 'CommonJS, which Rollup leaves as it is'],
  [/\.[mc]?[jt]sx?$/, /^(export\s+)?((const|let|var)\s[^\n;=]*=\s*)?await\b/m, 'await outside of a function'],
  [/\.[mc]?[jt]sx?$/, /\bfrom\s*['"][^'"\n]+['"]\s*assert\s*\{/, 'an import assertion'],
  [/\.[mc]?[jt]sx?$/, /\bimport\.meta\.glob(Eager\b|\([^)]*\bas\s*:)/, 'an old form of import.meta.glob'],
  [/\.[mc]?js$/, /(\breturn\b|=>|=|\()\s*\(?\s*<[A-Za-z>]/, 'JSX in a .js file'],
  [/\.[mc]?ts$/, /\breturn\s*\(\s*<[A-Za-z>]/, 'JSX in a .ts file'],
];

const DECORATOR = /^\s*@[A-Za-z_$][\w$.]*(\([^\n]*\))?\s*\n?\s*(export\s+)?(default\s+)?(abstract\s+)?class\s/m;

/** Folders and files that no page of a site is built from. */
const ELSEWHERE = /^(public|dist|build|dev-dist|server|api|backend|scripts|supabase|functions|tests?|e2e|cypress|contracts?)\/|\.(test|spec)\.[jt]sx?$/;

/**
 * @param {ReadonlyMap<string, string>} files
 * @param {import('./types.mjs').TypescriptPart} typescript
 */
export function readSources(files, typescript) {
  for (const [path, text] of files) {
    if (ELSEWHERE.test(path) || (!path.includes('/') && /\.([mc]?js|config\.[mc]?ts)$/.test(path))) continue;
    if (!/\.[mc]?[jt]sx?$/.test(path)) continue;
    for (const [paths, pattern, what] of DIFFERENCES) {
      if (paths.test(path) && pattern.test(text)) decline(`${path}: ${what}`);
    }
    if (!typescript.experimentalDecorators && DECORATOR.test(text)) decline(`${path}: decorators`);
  }
}
