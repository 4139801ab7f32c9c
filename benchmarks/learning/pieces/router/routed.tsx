import { createRoot } from 'react-dom/client';
import { HashRouter, Link, Route, Routes } from 'react-router-dom';
import Page from './pages/Home';
import './index.css';

function Visit() {
  return (
    <main>
      <section className="surface" style={{ height: 660, padding: 40, boxSizing: 'border-box' }}>
        <h1>Visit us</h1>
        <p>Mill Lane 4, by the bridge. Open from six in the morning until the shelves are empty.</p>
      </section>
    </main>
  );
}

createRoot(document.getElementById('root')!).render(
  <HashRouter>
    <nav>
      <Link to="/">Bread</Link> <Link to="/visit">Visit</Link>
    </nav>
    <Routes>
      <Route path="/" element={<Page />} />
      <Route path="/visit" element={<Visit />} />
    </Routes>
  </HashRouter>,
);
