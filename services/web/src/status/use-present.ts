import type {User} from '@madang/client/client';
import {useEffect, useState} from 'react';
import {useStore} from 'zustand';
import {client} from '../chat/client.ts';
import {people} from '../chat/people.ts';

/** A user as they are now, as far as the page knows: presence is newer than what a list of members told. */
export function usePresent(user: User): User {
  return useStore(people, ({users}) => users.get(user.id)) ?? user;
}

/** The same for one person, such as the partner of a whisper, whom the list of people online may not include. */
export function useLookedUp(user: User | undefined): User | undefined {
  const id = user?.id;
  const present = useStore(people, ({users}) => (id === undefined ? undefined : users.get(id)));
  const [found, setFound] = useState<User>();
  const isHere = present !== undefined;
  useEffect(() => {
    if (id === undefined || isHere) return;
    let isOver = false;
    client.users([id]).then(
      ([one]) => isOver || setFound(one),
      () => undefined,
    );
    return () => {
      isOver = true;
    };
  }, [id, isHere]);
  return present ?? (found?.id === id ? found : undefined) ?? user;
}
