/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_server_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "io/tls_files.h"
#include "io/tls_made.h"

enum { FILE_MAX = 1 << 20 };

/* ---- of a worker ---- */

/* A copy, because reading uses it up. */
static BIO *open_text(const BIO *text)
{
	const char *bytes;
	long length = BIO_get_mem_data((BIO *)text, &bytes);

	return BIO_new_mem_buf(bytes, (int)length);
}

/* Never prompts for a password. */
static int no_password(char *into, int size, int writing, void *asked)
{
	(void)into;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

static const char *key_file(const struct tls_server_settings *settings)
{
	return settings->key_file ? settings->key_file : settings->cert_file;
}

static X509 *read_one(struct tls_server_worker *w, BIO *from)
{
	X509 *x509 = X509_new_ex(w->library, NULL);

	if (x509 && PEM_read_bio_X509_AUX(from, &x509, NULL, NULL))
		return x509;
	X509_free(x509);
	return NULL;
}

/* The certificate and the chain to its authority. */
static bool use_chain(struct tls_server_worker *w)
{
	BIO *from = open_text(w->run->certificate);
	X509 *x509 = from ? read_one(w, from) : NULL;
	bool used = x509 && SSL_CTX_use_certificate(w->context, x509) == 1;

	X509_free(x509);
	while (used && (x509 = read_one(w, from)))
		if (SSL_CTX_add0_chain_cert(w->context, x509) != 1)
			X509_free(x509);
	BIO_free(from);
	if (used)
		ERR_clear_error(); /* reports the end of the file */
	return used;
}

static int use_key(struct tls_server_worker *w, struct vastar_error *err)
{
	const struct tls_server_settings *settings = &w->run->settings;
	bool asked = false;
	BIO *from = open_text(w->run->key);
	EVP_PKEY *key =
	    from ? PEM_read_bio_PrivateKey_ex(from, NULL, no_password, &asked, w->library, NULL) : NULL;
	int rc = 0;

	BIO_free(from);
	if (asked) {
		ERR_clear_error();
		rc =
		    err_set(err, VASTAR_E_USAGE,
			    "--key %.200s: it needs a password (write it without one: openssl pkey -in FILE)",
			    key_file(settings));
	} else if (!key) {
		rc = tls_bad_file(settings->key_file ? "key" : "cert", key_file(settings), err);
	} else if (SSL_CTX_use_PrivateKey(w->context, key) != 1 ||
		   SSL_CTX_check_private_key(w->context) != 1) {
		rc = tls_bad_pair(key_file(settings), settings->cert_file, err);
	}
	EVP_PKEY_free(key);
	return rc;
}

static int ask_clients(struct tls_server_worker *w, struct vastar_error *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(w->context);

	if (!w->run->client_authorities)
		return 0;
	for (int i = 0; i < sk_X509_num(w->run->client_authorities); i++) {
		X509 *x509 = sk_X509_value(w->run->client_authorities, i);

		if (!X509_STORE_add_cert(store, x509) || !SSL_CTX_add_client_CA(w->context, x509))
			return err_nomem(err, "certificates");
	}
	SSL_CTX_set_verify(w->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return 0;
}

/* RFC 7301 section 3.2: refuses a client that offers protocols, but not this one. */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_length,
			   const unsigned char *offered, unsigned offered_length, void *context)
{
	static const unsigned char known[] = "\x02h2\x08http/1.1\x08http/1.0";
	const struct tls_server_worker *w = context;
	unsigned skipped = w->run->settings.http2 ? 0 : 3;

	(void)ssl;
	return SSL_select_next_proto((unsigned char **)chosen, chosen_length, known + skipped,
				     sizeof(known) - 1 - skipped, offered,
				     offered_length) == OPENSSL_NPN_NEGOTIATED
		   ? SSL_TLSEXT_ERR_OK
		   : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void set_modes(struct tls_server_worker *w)
{
	SSL_CTX *context = w->context;

	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, w);
	/* Sessions are only stored in the tickets of the clients. */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(context, (const unsigned char *)"vastar", 6);
	if (w->run->settings.no_tickets) {
		SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
		SSL_CTX_set_num_tickets(context, 0);
	} else {
		SSL_CTX_set_tlsext_ticket_keys(context, (void *)w->run->ticket_keys, TLS_TICKET_KEYS);
	}
}

void *tls_server_worker_new(void *run, struct vastar_error *err)
{
	struct tls_server_worker *w = calloc(1, sizeof(*w));
	int rc = 0;

	if (!w) {
		err_nomem(err, "TLS");
		return NULL;
	}
	w->run = run;
	w->library = OSSL_LIB_CTX_new();
	w->context = w->library ? SSL_CTX_new_ex(w->library, NULL, TLS_server_method()) : NULL;
	if (!w->context)
		rc = err_nomem(err, "TLS");
	if (!rc)
		set_modes(w);
	if (!rc && !use_chain(w))
		rc = tls_bad_file("cert", w->run->settings.cert_file, err);
	if (!rc)
		rc = use_key(w, err);
	if (!rc)
		rc = ask_clients(w, err);
	ERR_clear_error();
	if (!rc)
		return w;
	tls_server_worker_free(w);
	return NULL;
}

void tls_server_worker_free(void *worker)
{
	struct tls_server_worker *w = worker;

	if (!w)
		return;
	SSL_CTX_free(w->context);
	OSSL_LIB_CTX_free(w->library);
	free(w);
}

/* ---- of a run ---- */

static int read_file(const char *option, const char *path, BIO *into, struct vastar_error *err)
{
	BIO *file = BIO_new_file(path, "r");
	char bytes[4096];
	int got, rc = 0;
	long total = 0;

	if (!file)
		return tls_bad_file(option, path, err);
	while (total < FILE_MAX && (got = BIO_read(file, bytes, sizeof(bytes))) > 0) {
		total += got;
		if (BIO_write(into, bytes, got) != got)
			rc = err_nomem(err, "certificates");
	}
	BIO_free(file);
	if (ERR_peek_error()) /* a folder can be opened, but not read */
		rc = tls_bad_file(option, path, err);
	return rc;
}

static int read_texts(struct tls_server_run *run, struct vastar_error *err)
{
	const struct tls_server_settings *settings = &run->settings;
	int rc;

	run->certificate = BIO_new(BIO_s_mem());
	run->key = BIO_new(BIO_s_mem());
	run->authority = BIO_new(BIO_s_mem());
	if (!run->certificate || !run->key || !run->authority)
		return err_nomem(err, "certificates");
	if (!settings->cert_file)
		return tls_made(settings->address, settings->rsa, run->certificate, run->key, run->authority,
				err);
	rc = read_file("cert", settings->cert_file, run->certificate, err);
	return rc ? rc : read_file(settings->key_file ? "key" : "cert", key_file(settings), run->key, err);
}

void *tls_server_run_new(const void *settings, struct vastar_error *err)
{
	struct tls_server_run *run = calloc(1, sizeof(*run));
	void *trial;
	int rc;

	if (!run) {
		err_nomem(err, "TLS");
		return NULL;
	}
	run->settings = *(const struct tls_server_settings *)settings;
	rc = read_texts(run, err);
	if (!rc && run->settings.client_ca) {
		run->client_authorities = tls_read_certificates("client-ca", run->settings.client_ca, err);
		rc = run->client_authorities ? 0 : -1;
	}
	if (!rc && RAND_bytes(run->ticket_keys, TLS_TICKET_KEYS) != 1)
		rc = err_set(err, VASTAR_E_SYSTEM, "TLS: no random numbers (is /dev/urandom there?)");
	/* Reports wrong settings before the first connection. */
	trial = rc ? NULL : tls_server_worker_new(run, err);
	if (!trial) {
		tls_server_run_free(run);
		return NULL;
	}
	tls_server_worker_free(trial);
	return run;
}

void tls_server_run_free(void *at)
{
	struct tls_server_run *run = at;

	if (!run)
		return;
	BIO_free(run->certificate);
	BIO_free(run->key);
	BIO_free(run->authority);
	sk_X509_pop_free(run->client_authorities, X509_free);
	OPENSSL_cleanse(run->ticket_keys, TLS_TICKET_KEYS);
	free(run);
}

const char *tls_server_authority(const void *prepared, size_t *lengthp)
{
	const struct tls_server_run *run = prepared;
	const char *bytes;

	*lengthp = (size_t)BIO_get_mem_data(run->authority, &bytes);
	return *lengthp ? bytes : NULL;
}
