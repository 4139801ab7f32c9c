export default function Page() {
  return (
    <main>
      <section className="accent" style={{ height: 220, padding: 40, boxSizing: 'border-box' }}>
        <h1>Bread from the stone oven</h1>
      </section>
      <section className="surface" style={{ height: 440, padding: 40, boxSizing: 'border-box' }}>
        <h2>What we bake</h2>
        <p>Rye, wheat and spelt, every morning from four.</p>
      </section>
    </main>
  );
}
