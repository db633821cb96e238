import {StrictMode} from 'react';
import {createRoot} from 'react-dom/client';
import './styles/tokens.css';
import './styles/base.css';
import './i18n/i18n.ts';
import './chat/desktop-notices.ts';
import './chat/notices.ts';
import {App} from './app.tsx';
import {start} from './chat/session.ts';
import {applyTheme} from './ui/theme.ts';

applyTheme();
void start();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
