/** The form of `users.password_hash`: argon2id of the password in its NFKC form. */
import {hash, verify} from '@node-rs/argon2';

// OWASP's minimum for argon2id: 19 MiB, 2 passes, 1 lane; about 10 ms of one core.
const cost = {memoryCost: 19_456, timeCost: 2, parallelism: 1};

export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), cost);
}

export function isPasswordOf(passwordHash: string, password: string): Promise<boolean> {
  return verify(passwordHash, password.normalize('NFKC'));
}
