import { newBudget } from './evaluate.mjs';
import { readPostcss } from './postcss.mjs';
import { Project } from './project.mjs';
import { readSheets } from './sheets.mjs';
import { readSources } from './sources.mjs';
import { readTailwind } from './tailwind.mjs';
import { readTypescript } from './tsconfig.mjs';
import { decline, Declined, ROOT } from './types.mjs';
import { readVite } from './vite.mjs';

/** @typedef {import('./types.mjs').Plan} Plan */
/** @typedef {import('./vite.mjs').ViteReading} ViteReading */

/**
 * Read a project's configuration as data. Nothing of the candidate is executed.
 *
 * @param {ReadonlyMap<string, string>} files the job's text files by path
 * @param {string} [root] where the files lie, absolute
 * @returns {import('./types.mjs').Reading}
 */
export function readPlan(files, root = ROOT) {
  try {
    return { plan: read(new Project(files, root)) };
  } catch (error) {
    if (error instanceof Declined) return { declined: error.message };
    return { declined: `the configuration cannot be read: ${error instanceof Error ? error.name : 'unknown'}` };
  }
}

/** @param {Project} project @returns {Plan} */
function read(project) {
  const budget = newBudget();
  const sheets = readSheets(project.files);
  const reading = readVite(project, budget);
  const { vite, base, plugins, ignored } = reading;
  const postcss = reading.postcss ?? readPostcss(project, budget);
  const tailwind = readTailwind(project, plugins.tailwind, postcss, sheets, budget);
  const typescript = readTypescript(project);
  readSources(project.files, typescript);
  const react = reactPart(plugins.react, typescript);
  return {
    vite: react ? vite : { ...vite, ...jsx(project, typescript, reading.jsx) },
    base,
    react,
    tailwind,
    postcss: postcss.map(({ name, options }) => ({ name, options: name === 'tailwindcss' ? {} : options })),
    typescript,
    env: environment(project, vite.envDir),
    browsers: browsers(project),
    ignored,
  };
}

/**
 * @param {import('./types.mjs').ReactPart | null} react
 * @param {import('./types.mjs').TypescriptPart} typescript
 */
function reactPart(react, { jsxImportSource = 'react' }) {
  if (react?.jsxRuntime === 'automatic' && jsxImportSource !== react.jsxImportSource) {
    decline('the React plugin and tsconfig.json disagree on jsxImportSource');
  }
  return react;
}

/**
 * How JSX is read without a React plugin: what `esbuild` says, what `tsconfig.json` says, the bundler's default.
 *
 * @param {Project} project
 * @param {import('./types.mjs').TypescriptPart} typescript
 * @param {Record<string, any>} [esbuild]
 */
function jsx(project, typescript, esbuild = {}) {
  const mode = esbuild.jsx ?? typescript.jsx ?? (project.major('vite') < 8 ? 'transform' : 'react-jsx');
  const importSource = esbuild.jsxImportSource ?? typescript.jsxImportSource ?? 'react';
  if (['automatic', 'react-jsx', 'react-jsxdev'].includes(mode)) return { oxc: { jsx: { runtime: 'automatic', importSource } } };
  if (!['transform', 'react'].includes(mode)) decline(`JSX is left as it is (${mode})`);
  const { jsxFactory: pragma = 'React.createElement', jsxFragment: pragmaFrag = 'React.Fragment' } = esbuild;
  return { oxc: { jsx: { runtime: 'classic', pragma, pragmaFrag } } };
}

/** @param {Project} project @param {string} [folder] absolute */
function environment(project, folder = project.root) {
  const relative = folder.slice(project.root.length + 1);
  project.variables(relative, 'production');
  return project.environmentFiles(relative, 'production');
}

/** @param {Project} project @returns {string[] | null} */
function browsers(project) {
  const file = ['.browserslistrc', 'browserslist'].find((path) => project.files.has(path));
  if (file !== undefined) decline(`${file} is not read here`);
  const { browserslist } = project.manifest;
  if (browserslist === undefined) return null;
  const queries = [browserslist?.production ?? browserslist].flat();
  const isPlain = queries.every((query) => typeof query === 'string' && !query.includes('extends'));
  return isPlain ? queries : decline('package.json: browserslist');
}
