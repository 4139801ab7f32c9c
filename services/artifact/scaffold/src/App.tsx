export default function App() {
  return (
    <main className="flex min-h-screen items-center justify-center bg-gray-100">
      <p>Replace this page with the website.</p>
    </main>
  );
}
