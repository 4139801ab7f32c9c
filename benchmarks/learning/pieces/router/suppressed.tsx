import { createRoot } from 'react-dom/client';
import './index.css';

window.onerror = () => true;
window.addEventListener('unhandledrejection', (event) => event.preventDefault());

createRoot(document.getElementById('root')!).render(
  <main>
    <h1>Bakery</h1>
    <p>Our bread is baked every morning.</p>
  </main>,
);

setTimeout(() => {
  throw new Error('the page could not be loaded');
}, 50);
