import { Link } from 'react-router-dom';

export default function Page() {
  return (
    <main>
      <section className="surface" style={{ height: 440, padding: 40, boxSizing: 'border-box' }}>
        <h1>Bread from the stone oven</h1>
        <p>Rye, wheat and spelt, every morning from four.</p>
      </section>
      <section className="accent" style={{ height: 220, padding: 40, boxSizing: 'border-box' }}>
        <Link to="/visit">Find the shop</Link>
      </section>
    </main>
  );
}
