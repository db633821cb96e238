import type {Message} from '@madang/client/client';
import {lazy, Suspense, useEffect, useMemo, useState, type ReactNode} from 'react';
import {client} from '../../chat/client.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import type {ConversationActions} from '../composer/intent.ts';

const EmojiPicker = lazy(() => import('../emoji/emoji-picker.tsx'));
const ReactorsDialog = lazy(() => import('./reactors-dialog.tsx'));

const faultMs = 6_000;

type Opened =
  | {kind: 'picker'; message: Message; anchor: Element}
  | {kind: 'who'; message: Message; emoji: string};

type Reacting = {
  actions: Pick<ConversationActions, 'react' | 'pin' | 'openPicker' | 'showReactors'>;
  /** The picker or the list that is open. */
  popup: ReactNode;
  /** Why the last of these was refused, for a while. */
  fault: string | undefined;
};

/** Reacting to messages, and pinning them. One picker and one list serve all of them. */
export function useReacting(): Reacting {
  const errorText = useErrorText();
  const [opened, setOpened] = useState<Opened>();
  const [error, setError] = useState<{error: unknown}>();
  useEffect(() => {
    if (error === undefined) return;
    const timer = setTimeout(() => setError(undefined), faultMs);
    return () => clearTimeout(timer);
  }, [error]);

  const actions = useMemo<Reacting['actions']>(
    () => ({
      pin: ({roomId, seq}, on) => {
        setError(undefined);
        client.pin(roomId, seq, on).catch((failure: unknown) => setError({error: failure}));
      },
      react: ({roomId, seq}, emoji, on) => {
        setError(undefined);
        client.react(roomId, seq, emoji, on).catch((failure: unknown) => setError({error: failure}));
      },
      openPicker: (message, anchor) => setOpened({kind: 'picker', message, anchor}),
      showReactors: (message, emoji) => setOpened({kind: 'who', message, emoji}),
    }),
    [],
  );

  const onClose = () => {
    if (opened?.kind === 'picker') backTo(opened.anchor);
    setOpened(undefined);
  };
  const popup = opened && (
    <Suspense>
      {opened.kind === 'picker' ? (
        <EmojiPicker
          anchor={opened.anchor}
          onPick={(emoji) => actions.react(opened.message, emoji, true)}
          onClose={onClose}
        />
      ) : (
        <ReactorsDialog message={opened.message} emoji={opened.emoji} onClose={onClose} />
      )}
    </Suspense>
  );
  return {actions, popup, fault: error && errorText(error.error)};
}

/** Returns the focus to where the picker was opened, unless the user has already gone elsewhere. */
function backTo(anchor: Element): void {
  const isHere = document.activeElement?.closest('[role=dialog]') != null;
  if (isHere) anchor.closest<HTMLElement>('button, a, [tabindex]')?.focus();
}
