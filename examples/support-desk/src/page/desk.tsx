/** What both pages need: calls to the desk, its texts, and a client of Madang once somebody has signed in. */
import {createClient, type Client} from '@madang/client';
import {MadangProvider} from '@madang/react';
import '@madang/react/chat.css';
import {StrictMode, useState, type ReactNode, type SubmitEvent} from 'react';
import {createRoot} from 'react-dom/client';

const words = {
  en: {
    name: 'Name',
    password: 'Password',
    enter: 'Enter',
    cases: 'Cases',
    transcript: 'Transcript',
    remove: 'Delete customer',
    sure: 'Delete this customer and everything they wrote?',
    none: 'No cases yet.',
  },
  ko: {
    name: '이름',
    password: '비밀번호',
    enter: '들어가기',
    cases: '문의',
    transcript: '대화 기록',
    remove: '고객 삭제',
    sure: '이 고객과 고객이 쓴 모든 내용을 삭제할까요?',
    none: '아직 문의가 없습니다.',
  },
};
export const language = navigator.language.startsWith('ko') ? 'ko' : 'en';
export const texts = words[language];

export async function ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const headers = {'content-type': 'application/json'};
  const answer = await fetch(path, {method, headers, ...(body && {body: JSON.stringify(body)})});
  if (!answer.ok) throw new Error(((await answer.json()) as {error: string}).error);
  return (answer.status === 204 ? undefined : await answer.json()) as Answer;
}

async function connect(): Promise<Client> {
  const getToken = async () => (await ask<{token: string}>('GET', '/token')).token;
  const {url} = await ask<{url: string}>('GET', '/token');
  const client = createClient({url, getToken});
  await client.connect();
  return client;
}

/** Asks for name and password, then shows `page` with a connected client. `prepare` returns what the page needs. */
export function showDesk<Needs>(prepare: () => Promise<Needs>, page: (needs: Needs) => ReactNode): void {
  function Entrance() {
    const [ready, setReady] = useState<{client: Client; needs: Needs}>();
    const [error, setError] = useState('');
    const enter = async (event: SubmitEvent<HTMLFormElement>) => {
      event.preventDefault();
      const {name, password} = Object.fromEntries(new FormData(event.currentTarget));
      try {
        await ask('POST', '/enter', {name, password});
        const needs = await prepare();
        setReady({client: await connect(), needs});
      } catch (reason) {
        setError((reason as Error).message);
      }
    };
    if (ready) return <MadangProvider client={ready.client}>{page(ready.needs)}</MadangProvider>;
    return (
      <form onSubmit={(event) => void enter(event)}>
        <label>
          {texts.name} <input name="name" required maxLength={32} autoComplete="username" />
        </label>
        <label>
          {texts.password}{' '}
          <input name="password" type="password" required minLength={8} autoComplete="current-password" />
        </label>
        <button>{texts.enter}</button>
        <p role="alert">{error}</p>
      </form>
    );
  }
  document.documentElement.lang = language;
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <Entrance />
    </StrictMode>,
  );
}
