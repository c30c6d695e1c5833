/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_context.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "io/tls_files.h"

enum {
	/* With records of at most this size idle connections need only small buffers. */
	FRAGMENT_OF_MANY = 2048,
};

/* ---- of a worker ---- */

static int password_of(char *into, int size, int writing, void *run)
{
	const char *password = ((const struct tls_run *)run)->password;
	size_t length = strlen(password);

	(void)writing;
	if (length > (size_t)size)
		return 0;
	memcpy(into, password, length);
	return (int)length;
}

static int use_certificate(struct tls_worker *w, struct vastar_error *err)
{
	const struct tls_settings *settings = &w->run->settings;
	const char *key_file = settings->key_file ? settings->key_file : settings->cert_file;

	if (!settings->cert_file)
		return 0;
	SSL_CTX_set_default_passwd_cb(w->context, password_of);
	SSL_CTX_set_default_passwd_cb_userdata(w->context, (void *)w->run);
	if (SSL_CTX_use_certificate_chain_file(w->context, settings->cert_file) != 1)
		return tls_bad_file("cert", settings->cert_file, err);
	if (SSL_CTX_use_PrivateKey_file(w->context, key_file, SSL_FILETYPE_PEM) != 1 &&
	    ERR_GET_REASON(ERR_peek_error()) != X509_R_KEY_VALUES_MISMATCH)
		return tls_bad_file(settings->key_file ? "key" : "cert", key_file, err);
	/* OpenSSL accepted a key of another kind (RSA, EC), for a certificate that may follow. */
	if (SSL_CTX_check_private_key(w->context) != 1)
		return tls_bad_pair(key_file, settings->cert_file, err);
	return 0;
}

static int trust(struct tls_worker *w, struct vastar_error *err)
{
	const struct tls_settings *settings = &w->run->settings;
	X509_STORE *store = SSL_CTX_get_cert_store(w->context);

	if (settings->insecure)
		return 0;
	for (int i = 0; i < sk_X509_num(w->run->authorities); i++)
		X509_STORE_add_cert(store, sk_X509_value(w->run->authorities, i));
	if (settings->ca_path && X509_STORE_load_path(store, settings->ca_path) != 1)
		return err_nomem(err, "TLS");
	if (!settings->ca_file && !settings->ca_path)
		X509_STORE_set_default_paths_ex(store, w->library, NULL);
	/* As in curl: checks the whole chain, and does not trust an issuer without a list. */
	for (int i = 0; i < sk_X509_CRL_num(w->run->revoked); i++)
		X509_STORE_add_crl(store, sk_X509_CRL_value(w->run->revoked, i));
	if (w->run->revoked)
		X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	ERR_clear_error();
	return 0;
}

static int choose_ciphers(SSL_CTX *context, const struct tls_settings *settings, struct vastar_error *err)
{
	static const int versions[] = {
	    [TLS_ANY] = TLS1_2_VERSION, [TLS_1_2] = TLS1_2_VERSION, [TLS_1_3] = TLS1_3_VERSION};

	SSL_CTX_set_min_proto_version(context, versions[settings->min]);
	if (settings->max != TLS_ANY)
		SSL_CTX_set_max_proto_version(context, versions[settings->max]);
	if (settings->ciphers && SSL_CTX_set_cipher_list(context, settings->ciphers) != 1)
		return err_set(err, VASTAR_E_USAGE,
			       "--ciphers %.200s: no such cipher (openssl ciphers -v lists them)",
			       settings->ciphers);
	if (settings->tls13_ciphers && SSL_CTX_set_ciphersuites(context, settings->tls13_ciphers) != 1)
		return err_set(err, VASTAR_E_USAGE,
			       "--tls13-ciphers %.200s: no such cipher (for example TLS_AES_128_GCM_SHA256)",
			       settings->tls13_ciphers);
	if (settings->curves && SSL_CTX_set1_groups_list(context, settings->curves) != 1)
		return err_set(err, VASTAR_E_USAGE,
			       "--curves %.200s: no such curve (for example X25519:P-256)", settings->curves);
	return 0;
}

static void set_modes(struct tls_worker *w)
{
	static const unsigned char http1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
	static const unsigned char http2[] = {2, 'h', '2'};
	SSL_CTX *context = w->context;

	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	if (w->run->settings.http2)
		SSL_CTX_set_alpn_protos(context, http2, sizeof(http2));
	else
		SSL_CTX_set_alpn_protos(context, http1, sizeof(http1));
	if (w->run->settings.many) {
		SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
		SSL_CTX_set_max_send_fragment(context, FRAGMENT_OF_MANY);
	}
	SSL_CTX_set_session_cache_mode(context, w->run->settings.no_session_reuse
						    ? SSL_SESS_CACHE_OFF
						    : SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
}

struct tls_worker *tls_worker_new(const struct tls_run *run, struct vastar_error *err)
{
	struct tls_worker *w = calloc(1, sizeof(*w));
	int rc = w ? 0 : err_nomem(err, "TLS");

	if (rc)
		return NULL;
	w->run = run;
	tls_sessions_init(&w->sessions);
	w->library = OSSL_LIB_CTX_new();
	w->context = w->library ? SSL_CTX_new_ex(w->library, NULL, TLS_client_method()) : NULL;
	if (!w->context)
		rc = err_nomem(err, "TLS");
	if (!rc)
		set_modes(w);
	if (!rc)
		rc = choose_ciphers(w->context, &run->settings, err);
	if (!rc)
		rc = trust(w, err);
	if (!rc)
		rc = use_certificate(w, err);
	ERR_clear_error();
	if (!rc)
		return w;
	tls_worker_free(w);
	return NULL;
}

void tls_worker_free(void *worker)
{
	struct tls_worker *w = worker;

	if (!w)
		return;
	tls_sessions_deinit(&w->sessions);
	SSL_CTX_free(w->context);
	OSSL_LIB_CTX_free(w->library);
	free(w);
}

/* ---- of a run ---- */

/* OpenSSL reads the folder only when it needs an authority, so a missing one would show late. */
static int check_folder(const char *path, struct vastar_error *err)
{
	DIR *folder = opendir(path);

	if (!folder)
		return err_set(err, VASTAR_E_USAGE, "--capath %.200s: %s (give a folder of openssl rehash)",
			       path, strerror(errno));
	closedir(folder);
	return 0;
}

static int read_password(struct tls_run *run, struct vastar_error *err)
{
	const char *path = run->settings.password_file;
	FILE *file = fopen(path, "re");
	bool read = file && fgets(run->password, sizeof(run->password), file);

	if (file)
		fclose(file);
	if (!read)
		return err_set(err, VASTAR_E_USAGE, "--pass-file %.200s: %s (its first line is the password)",
			       path, file ? "it is empty" : strerror(errno));
	run->password[strcspn(run->password, "\r\n")] = '\0';
	return 0;
}

static int open_key_log(struct tls_run *run, struct vastar_error *err)
{
	run->key_log = fopen(run->settings.key_log_file, "ae");
	if (!run->key_log)
		return err_set(err, VASTAR_E_SYSTEM, "--key-log %.200s: %s (choose another file)",
			       run->settings.key_log_file, strerror(errno));
	setlinebuf(run->key_log);
	return 0;
}

void *tls_run_new(const void *settings, struct vastar_error *err)
{
	struct tls_run *run = calloc(1, sizeof(*run));
	struct tls_worker *trial;
	int rc = run ? 0 : err_nomem(err, "TLS");

	if (rc)
		return NULL;
	run->settings = *(const struct tls_settings *)settings;
	if (run->settings.ca_file && !run->settings.insecure) {
		run->authorities = tls_read_certificates("cacert", run->settings.ca_file, err);
		rc = run->authorities ? 0 : (int)err->status;
	}
	if (!rc && run->settings.crl_file && !run->settings.insecure) {
		run->revoked = tls_read_revoked("crlfile", run->settings.crl_file, err);
		rc = run->revoked ? 0 : (int)err->status;
	}
	if (!rc && run->settings.ca_path && !run->settings.insecure)
		rc = check_folder(run->settings.ca_path, err);
	if (!rc && run->settings.password_file)
		rc = read_password(run, err);
	if (!rc && run->settings.key_log_file)
		rc = open_key_log(run, err);
	/* Reports wrong settings before the first connection. */
	trial = rc ? NULL : tls_worker_new(run, err);
	if (!trial) {
		tls_run_free(run);
		return NULL;
	}
	tls_worker_free(trial);
	return run;
}

void tls_run_free(void *at)
{
	struct tls_run *run = at;

	if (!run)
		return;
	sk_X509_pop_free(run->authorities, X509_free);
	sk_X509_CRL_pop_free(run->revoked, X509_CRL_free);
	if (run->key_log)
		fclose(run->key_log);
	OPENSSL_cleanse(run->password, sizeof(run->password));
	free(run);
}
