import {MadangProvider} from '@madang/react';
import {StrictMode} from 'react';
import {createRoot} from 'react-dom/client';
import {Router} from 'wouter';
import './styles/tokens.css';
import './styles/base.css';
import './i18n/i18n.ts';
import './chat/desktop-notices.ts';
import './chat/notices.ts';
import './shell/drop-guard.ts';
import './shell/fetch-ahead.ts';
import './ui/theme.ts';
import {App} from './app.tsx';
import {basePath, client} from './chat/client.ts';
import {start} from './chat/session.ts';
import {PageBoundary} from './errors/page-boundary.tsx';

void start();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Router base={basePath}>
      <PageBoundary>
        <MadangProvider client={client}>
          <App />
        </MadangProvider>
      </PageBoundary>
    </Router>
  </StrictMode>,
);
