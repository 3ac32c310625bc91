/** Starts the page: what an earlier visit left, or the welcome. */

import { createRoot } from 'react-dom/client';
import { persist } from './state/persist';
import { App } from './ui/App';
import './ui/style.css';

const root = document.getElementById('root');
if (root) {
  await persist();
  createRoot(root).render(<App />);
}
