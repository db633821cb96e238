import {lazy, Suspense} from 'react';
import {Redirect, Route, Switch, useLocation, useSearchParams} from 'wouter';
import {useStore} from 'zustand';
import {session} from './chat/session.ts';
import {EntryPage} from './entry/entry-page.tsx';
import {pathAfterEntry} from './entry/next-path.ts';
import {SignInPage} from './entry/sign-in-page.tsx';
import {AwayPage} from './errors/away-page.tsx';
import {MissingPage} from './errors/missing-page.tsx';
import {ReplacedPage} from './errors/replaced-page.tsx';
import {ToastCorner} from './notifications/toast-corner.tsx';
import {DropNote} from './shell/drop-note.tsx';
import {HomePage} from './shell/home-page.tsx';
import {seqOf} from './shell/room-address.ts';
import {Shell} from './shell/shell.tsx';
import {UndoCorner} from './shell/undo-corner.tsx';
import {LateSkeleton} from './ui/late-skeleton.tsx';

const InvitePage = lazy(() => import('./lobby/invite-page.tsx'));
const LobbyPage = lazy(() => import('./lobby/lobby-page.tsx'));
const ProfilePage = lazy(() => import('./profile/profile-page.tsx'));
const NewWhisperPage = lazy(() => import('./room/new-whisper-page.tsx'));
const ThreadsPage = lazy(() => import('./threads/threads-page.tsx'));
const RoomPage = lazy(() => import('./room/room-page.tsx'));

/** The addresses of all pages. Those of the second group are only for signed-in users. */
export function App() {
  return (
    <>
      <CurrentPage />
      <DropNote />
    </>
  );
}

function CurrentPage() {
  const phase = useStore(session, (state) => state.phase);
  if (phase === 'starting') return <LateSkeleton />;
  if (phase === 'away') return <AwayPage />;
  if (phase === 'replaced') return <ReplacedPage />;
  if (phase === 'signedOut') return <Outside />;
  return (
    <>
      <Inside />
      <ToastCorner />
      <UndoCorner />
    </>
  );
}

function Outside() {
  return (
    <Switch>
      <Route path="/" component={EntryPage} />
      <Route path="/sign-in">
        <SignInPage key="sign-in" mode="signIn" />
      </Route>
      <Route path="/register">
        <SignInPage key="register" mode="register" />
      </Route>
      <Route path="/rooms/:id/:seq?">
        <ToEntry to="/" />
      </Route>
      <Route path="/whispers/:id">
        <ToEntry to="/" />
      </Route>
      <Route path="/invites/:token">
        <ToEntry to="/" />
      </Route>
      <Route path="/lobby">
        <ToEntry to="/" />
      </Route>
      <Route path="/rooms">
        <ToEntry to="/" />
      </Route>
      <Route path="/threads">
        <ToEntry to="/" />
      </Route>
      <Route path="/profile">
        <ToEntry to="/sign-in" />
      </Route>
      <Route component={MissingPage} />
    </Switch>
  );
}

/** Leads to the sign-in page, and from there back to the requested page. */
function ToEntry({to}: {to: '/' | '/sign-in'}) {
  const [path] = useLocation();
  return <Redirect to={`${to}?next=${encodeURIComponent(path)}`} replace />;
}

function Inside() {
  const [search] = useSearchParams();
  return (
    <Switch>
      <Route path="/sign-in">
        <Redirect to={pathAfterEntry(search)} replace />
      </Route>
      <Route path="/register">
        <Redirect to={pathAfterEntry(search)} replace />
      </Route>
      <Route path="/">
        <Shell view="page">
          {search.has('next') ? <Redirect to={pathAfterEntry(search)} replace /> : <HomePage />}
        </Shell>
      </Route>
      <Route path="/rooms">
        <Shell view="list" />
      </Route>
      <Route path="/lobby">
        <Shell view="page">
          <Suspense fallback={<LateSkeleton />}>
            <LobbyPage />
          </Suspense>
        </Shell>
      </Route>
      <Route path="/threads">
        <Shell view="page">
          <Suspense fallback={<LateSkeleton />}>
            <ThreadsPage />
          </Suspense>
        </Shell>
      </Route>
      <Route path="/profile">
        <Shell view="page">
          <Suspense fallback={<LateSkeleton />}>
            <ProfilePage />
          </Suspense>
        </Shell>
      </Route>
      <Route path="/rooms/:id/:seq?">
        {({id, seq}) => (
          <Shell view="page">
            <Suspense fallback={<LateSkeleton />}>
              <RoomPage key={id} roomId={id} seq={seqOf(seq)} />
            </Suspense>
          </Shell>
        )}
      </Route>
      <Route path="/invites/:token">
        {({token}) => (
          <Shell view="page">
            <Suspense fallback={<LateSkeleton />}>
              <InvitePage key={token} token={token} />
            </Suspense>
          </Shell>
        )}
      </Route>
      <Route path="/whispers/:id">
        {({id}) => (
          <Shell view="page">
            <Suspense fallback={<LateSkeleton />}>
              <NewWhisperPage key={id} userId={id} />
            </Suspense>
          </Shell>
        )}
      </Route>
      <Route component={MissingPage} />
    </Switch>
  );
}
