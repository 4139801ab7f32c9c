const BREADS = ['Rye', 'Wheat', 'Spelt'];

export default function Page() {
  return (
    <main>
      <section className="surface" style={{ height: 220, padding: 40, boxSizing: 'border-box' }}>
        <h1>Three kinds of bread</h1>
      </section>
      <section className="accent" style={{ height: 220, padding: 40, boxSizing: 'border-box' }}>
        {BREADS.map((bread) => (
          <h3 key={bread}>{bread}</h3>
        ))}
      </section>
      <section className="surface" style={{ height: 220, padding: 40, boxSizing: 'border-box' }}>
        <p>Baked every morning from four.</p>
      </section>
    </main>
  );
}
