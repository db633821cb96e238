import type {Member} from '@madang/client/client';
import {useMembers} from '@madang/react';
import {useEffect} from 'react';
import {meet} from '../../chat/people.ts';

/** Loads the members of a room. Their names are known from then on. */
export function useKnownMembers(roomId: string): readonly Member[] {
  const {members} = useMembers(roomId);
  useEffect(() => meet(members.map(({user}) => user)), [members]);
  return members;
}
