/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_sessions.h"

#include <stdlib.h>
#include <string.h>

void tls_sessions_init(struct tls_sessions *sessions)
{
	*sessions = (struct tls_sessions){.each = calloc(TLS_SESSIONS_MAX, sizeof(*sessions->each))};
	pthread_mutex_init(&sessions->lock, NULL);
}

void tls_sessions_deinit(struct tls_sessions *sessions)
{
	for (unsigned i = 0; i < sessions->count; i++)
		SSL_SESSION_free(sessions->each[i].session);
	free(sessions->each);
	pthread_mutex_destroy(&sessions->lock);
}

static SSL_SESSION *remove_at(struct tls_sessions *sessions, unsigned at)
{
	SSL_SESSION *session = sessions->each[at].session;

	sessions->count--;
	memmove(&sessions->each[at], &sessions->each[at + 1],
		(sessions->count - at) * sizeof(*sessions->each));
	return session;
}

void tls_sessions_put(struct tls_sessions *sessions, const struct transport_peer *peer, SSL_SESSION *session)
{
	SSL_SESSION *oldest = NULL;
	struct tls_session *place;

	if (!sessions->each || strlen(peer->host) >= sizeof(place->host)) {
		SSL_SESSION_free(session);
		return;
	}
	pthread_mutex_lock(&sessions->lock);
	if (sessions->count == TLS_SESSIONS_MAX)
		oldest = remove_at(sessions, 0);
	place = &sessions->each[sessions->count++];
	strcpy(place->host, peer->host);
	place->port = peer->port;
	place->session = session;
	pthread_mutex_unlock(&sessions->lock);
	SSL_SESSION_free(oldest);
}

SSL_SESSION *tls_sessions_take(struct tls_sessions *sessions, const struct transport_peer *peer)
{
	SSL_SESSION *found = NULL;

	pthread_mutex_lock(&sessions->lock);
	for (unsigned i = sessions->count; i-- && !found;) {
		const struct tls_session *place = &sessions->each[i];

		if (place->port != peer->port || strcmp(place->host, peer->host))
			continue;
		found = place->session;
		if (SSL_SESSION_get_protocol_version(found) >= TLS1_3_VERSION)
			remove_at(sessions, i);
		else
			SSL_SESSION_up_ref(found);
	}
	pthread_mutex_unlock(&sessions->lock);
	return found;
}
