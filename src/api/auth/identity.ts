/**
 * Who is asking, and by what proof.
 */
import type { UserId } from '#domain/alert/alert.ts';

export interface Identity {
  readonly userId: UserId;
  /** A visitor without e-mail and password, known by a cookie. */
  readonly anonymous: boolean;
  readonly email: string | null;
  readonly name: string | null;
  /** `session`: a cookie or a session's bearer token. Only that may manage keys and tokens. */
  readonly via: 'session' | 'jwt' | 'api-key';
}

/** A user as the account library has it. */
export interface LibraryUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly isAnonymous?: boolean | null | undefined;
}

/** The made-up e-mail and name of an anonymous user are the library's affair and not shown. */
export function sessionIdentity(user: LibraryUser): Identity {
  const anonymous = user.isAnonymous === true;
  return {
    userId: user.id as UserId,
    anonymous,
    email: anonymous ? null : user.email,
    name: anonymous ? null : user.name,
    via: 'session',
  };
}
