/** A first build of a small site, so that the first job does not wait for code to be read and compiled. */

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULES = dirname(fileURLToPath(import.meta.resolve('vite/package.json'))).replace(/\/vite$/, '');
const DECLARED = { autoprefixer: '^10', postcss: '^8', tailwindcss: '^3', vite: '^5' };
/** @type {Record<string, string>} */
const SITE = {
  'package.json': JSON.stringify({ type: 'module', devDependencies: DECLARED }),
  'index.html': '<!doctype html><div id="root"></div><script type="module" src="/src/main.jsx"></script>',
  'vite.config.js': 'export default {}',
  'tailwind.config.js': "export default { content: ['./src/**/*.jsx'] }",
  'postcss.config.js': 'export default { plugins: { tailwindcss: {}, autoprefixer: {} } }',
  'src/main.jsx': "import './main.css'; document.body.className = 'p-4 flex hover:underline';",
  'src/main.css': '@tailwind base; @tailwind components; @tailwind utilities;',
};

/** @param {(files: import('./frames.mjs').Files, modules: string) => Promise<unknown>} build */
export async function warmUp(build) {
  await build(new Map(Object.entries(SITE).map(([path, text]) => [path, Buffer.from(text)])), MODULES);
}
