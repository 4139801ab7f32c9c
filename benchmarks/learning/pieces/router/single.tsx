import { createRoot } from 'react-dom/client';
import Page from './pages/Home';
import './index.css';

createRoot(document.getElementById('root')!).render(<Page />);
