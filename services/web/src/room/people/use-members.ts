import type {Member} from '@madang/client/client';
import {useEffect, useState} from 'react';
import {client} from '../../chat/client.ts';
import {meet} from '../../chat/people.ts';

/** As many as are shown; a larger room shows those who are there. */
const maxMembers = 200;
/** Changes that come together ask once. */
const settleMs = 300;
/** Presence is told once a second: who has left and come back within one never went away for it, so one looks again. */
const againMs = 2_000;

/** Who is in a room, asked again after each event that changes it. */
export function useMembers(roomId: string): readonly Member[] | undefined {
  const [members, setMembers] = useState<readonly Member[]>();
  useEffect(() => {
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      timer = undefined;
      const page = await client.call('room:members', {roomId, limit: maxMembers}).catch(() => undefined);
      if (isGone || page === undefined) return;
      meet(page.members.map(({user}) => user));
      setMembers(page.members);
    };
    const plan = () => {
      timer ??= setTimeout(() => void ask(), settleMs);
    };
    const planTwice = () => {
      plan();
      clearTimeout(again);
      again = setTimeout(plan, againMs);
    };
    const offs = [
      client.on('room:presence', (news) => news.roomId === roomId && plan()),
      client.on(
        'frame',
        (frame) => frame.roomId === roomId && frame.entries.some(isOfMembers) && planTwice(),
      ),
      client.on('room:joined', ({room}) => room.id === roomId && plan()),
      client.on('status', (status) => status === 'online' && plan()),
      onMembersChanged((changed) => changed === roomId && plan()),
    ];
    void ask();
    return () => {
      isGone = true;
      clearTimeout(timer);
      clearTimeout(again);
      for (const off of offs) off();
    };
  }, [roomId]);
  return members;
}

const listeners = new Set<(roomId: string) => void>();

function onMembersChanged(listener: (roomId: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** To be called when one has changed a member: roles and mutes are in no log. */
export function membersChanged(roomId: string): void {
  for (const listener of listeners) listener(roomId);
}

const isOfMembers = ({type}: {type: string}) => type === 'left' || type === 'room';
