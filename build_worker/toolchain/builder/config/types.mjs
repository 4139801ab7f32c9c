/**
 * What a project's configuration says, read as data: the only thing that passes from `config/` to the builder.
 *
 * Every value is plain data: strings, numbers, booleans, null, arrays, objects, and `RegExp` where it is named. No
 * function, no getter, no object of the candidate's. Paths of the job are absolute and lie below `root`; globs are
 * relative to `root`, with forward slashes.
 *
 * @typedef {{plan: Plan} | {declined: string}} Reading
 *   `declined` is one line: what could not be read as data, and in which file.
 *
 * @typedef {object} Plan
 * @property {VitePart} vite merged over the builder's own Vite configuration as it is (`mergeConfig(ours, plan.vite)`).
 * @property {string} base what the project declares; a fact only, lanes build for `/`.
 * @property {ReactPart | null} react how JSX is read; null where no React plugin is configured, and then `vite.oxc`
 *   carries what Vite would read from `tsconfig.json`.
 * @property {TailwindPart | null} tailwind null where Tailwind takes no part in the build.
 * @property {PostcssPlugin[]} postcss in order. `tailwindcss` (major 3) or `@tailwindcss/postcss` (major 4) stands
 *   where Tailwind runs, its own data is in `tailwind`. Empty where nothing is configured, and with `@tailwindcss/vite` alone.
 * @property {TypescriptPart} typescript
 * @property {string[]} env paths of the environment files that Vite reads in a production build, in its order.
 * @property {string[] | null} browsers queries for autoprefixer (`overrideBrowserslist`); null where none are declared.
 * @property {string[]} ignored key paths that mean nothing to a build or to what the page shows, for the report.
 *
 * @typedef {object} VitePart subset of Vite's `UserConfig`; a key that the project does not set is absent.
 * @property {{alias?: Alias[], extensions?: string[], dedupe?: string[], tsconfigPaths?: boolean}} [resolve]
 * @property {Record<string, string>} [define] values as Vite substitutes them: source text, never objects.
 * @property {string | false} [publicDir] absolute.
 * @property {string | string[]} [envPrefix]
 * @property {string} [envDir] absolute.
 * @property {{modules?: object}} [css]
 * @property {string | string[]} [assetsInclude] globs by extension.
 * @property {{jsx: object}} [oxc]
 * @property {BuildPart} [build]
 *
 * @typedef {object} BuildPart `outDir`, `minify`, `sourcemap`, `target` and chunking are the builder's.
 * @property {string} [assetsDir]
 * @property {number} [assetsInlineLimit]
 * @property {boolean} [cssCodeSplit]
 * @property {{input: string | string[] | Record<string, string>}} [rolldownOptions] absolute pages of the job.
 *
 * @typedef {object} Alias
 * @property {string | RegExp} find
 * @property {string} replacement an absolute path below `root` (a trailing slash is kept), or the name of a package.
 *
 * @typedef {object} ReactPart
 * @property {'automatic' | 'classic'} jsxRuntime
 * @property {string} jsxImportSource `react` where nothing else is said.
 *
 * @typedef {TailwindThree | TailwindFour} TailwindPart
 *   The builder declines where the set's own `tailwindcss` is of another major.
 *
 * @typedef {object} TailwindThree
 * @property {3} major
 * @property {Record<string, unknown>} config a Tailwind 3 configuration without `content` and `plugins`: plain data, and
 *   `RegExp` in `safelist[].pattern`.
 * @property {string[]} content globs relative to `root`, none of which can leave it or enter `node_modules`; a leading
 *   `!` negates.
 * @property {TailwindPlugin[]} plugins in order.
 *
 * @typedef {object} TailwindFour
 * @property {4} major
 * @property {'vite' | 'postcss'} through
 * @property {string[]} plugins packages that style sheets name by `@plugin`: the toolchain's own copies, nothing else.
 *
 * @typedef {object} TailwindPlugin
 * @property {'@tailwindcss/forms' | '@tailwindcss/typography' | '@tailwindcss/aspect-ratio'
 *   | '@tailwindcss/container-queries' | 'tailwindcss-animate'} name
 * @property {Record<string, unknown> | undefined} options call the plugin with these; undefined: use it uncalled.
 *
 * @typedef {object} PostcssPlugin
 * @property {'tailwindcss' | 'tailwindcss/nesting' | '@tailwindcss/postcss' | 'autoprefixer' | 'postcss-import'
 *   | 'postcss-nested'} name
 * @property {Record<string, unknown>} options
 *
 * @typedef {object} TypescriptPart options of the project that holds the sources; absent where nothing is said.
 * @property {string[]} files every `tsconfig*.json` that was read, `extends` and `references` included.
 * @property {string} [jsx]
 * @property {string} [jsxImportSource]
 * @property {boolean} [experimentalDecorators]
 * @property {boolean} [useDefineForClassFields]
 * @property {boolean} [verbatimModuleSyntax]
 * @property {string} [target]
 * @property {string} [baseUrl] absolute.
 * @property {Record<string, string[]>} [paths]
 */

/** Where the job's files lie for whoever reads absolute paths. */
export const ROOT = '/job/site';

/** What a project says that cannot be read as data; caught by `readPlan` alone. */
export class Declined extends Error {}

/**
 * @param {string} reason one line
 * @returns {never}
 */
export function decline(reason) {
  throw new Declined(reason.replaceAll(/\s+/g, ' ').slice(0, 300));
}
