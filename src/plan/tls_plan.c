/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/tls_plan.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 253 }; /* RFC 1035 section 2.3.4, as text without the trailing dot */

/* "1.2" and "1.3" as 12 and 13; 0: neither. */
static unsigned version_of(const char *text)
{
	return !strcmp(text, "1.2") ? 12 : !strcmp(text, "1.3") ? 13 : 0;
}

static int check_version(const char *option, const char *text, struct vastar_error *err)
{
	if (!text || version_of(text))
		return 0;
	return err_set(err, VASTAR_E_USAGE,
		       "--%s %.40s: not a version of TLS that vastar speaks (use 1.2 or 1.3)", option, text);
}

/* Values that are surely mistakes, but that OpenSSL silently accepts, or rejects only during a handshake. */
static int check_no_empty(const struct vastar_settings *settings, struct vastar_error *err)
{
	const struct {
		const char *option, *text;
	} texts[] = {
	    {"cacert", settings->tls_ca_file},		{"capath", settings->tls_ca_path},
	    {"cert", settings->tls_cert_file},		{"key", settings->tls_key_file},
	    {"pass-file", settings->tls_password_file}, {"servername", settings->tls_server_name},
	    {"ciphers", settings->tls_ciphers},		{"tls13-ciphers", settings->tls13_ciphers},
	    {"curves", settings->tls_curves},		{"key-log", settings->tls_key_log_file},
	    {"crlfile", settings->tls_crl_file},
	};

	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].text && !*texts[i].text)
			return err_set(err, VASTAR_E_USAGE,
				       "--%s: it is empty (leave it out, or give a value)", texts[i].option);
	return 0;
}

/* RFC 6066 section 3. OpenSSL sends any name unchecked, and reads a leading dot as "any host below". */
static int check_server_name(const char *name, struct vastar_error *err)
{
	size_t length = strlen(name);

	if (name[length - 1] == '.')
		length--;
	if (!length || *name == '.' || length > NAME_MAX_LENGTH)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--servername %.40s: not a host name of 1 to %d characters (give one, as a.test)", name,
		    NAME_MAX_LENGTH);
	for (; *name; name++)
		if (*name <= ' ' || *name > '~')
			return err_set(
			    err, VASTAR_E_USAGE,
			    "--servername: not a host name: it has a space or a character that is not "
			    "ASCII (give one, as a.test)");
	return 0;
}

int tls_plan_check(const struct vastar_settings *settings, struct vastar_error *err)
{
	int rc = check_no_empty(settings, err);

	if (!rc && settings->tls_server_name)
		rc = check_server_name(settings->tls_server_name, err);
	if (!rc)
		rc = check_version("tls-min", settings->tls_min, err);
	if (!rc)
		rc = check_version("tls-max", settings->tls_max, err);
	if (rc)
		return rc;
	if (settings->tls_min && settings->tls_max &&
	    version_of(settings->tls_min) > version_of(settings->tls_max))
		return err_set(err, VASTAR_E_USAGE,
			       "--tls-min %s: above --tls-max %s (leave one of them out)", settings->tls_min,
			       settings->tls_max);
	if (settings->tls_key_file && !settings->tls_cert_file)
		return err_set(err, VASTAR_E_USAGE,
			       "--key: a key without its certificate (add --cert FILE, or leave it out)");
	if (settings->tls_password_file && !settings->tls_cert_file)
		return err_set(err, VASTAR_E_USAGE,
			       "--pass-file: it is for the key of a client certificate (add --cert FILE)");
	return 0;
}

int tls_plan_copy(struct tls_plan *tls, const struct vastar_settings *settings, struct vastar_error *err)
{
	const struct {
		char **to;
		const char *from;
	} texts[] = {
	    {&tls->ca_file, settings->tls_ca_file},
	    {&tls->ca_path, settings->tls_ca_path},
	    {&tls->cert_file, settings->tls_cert_file},
	    {&tls->key_file, settings->tls_key_file},
	    {&tls->password_file, settings->tls_password_file},
	    {&tls->server_name, settings->tls_server_name},
	    {&tls->ciphers, settings->tls_ciphers},
	    {&tls->tls13_ciphers, settings->tls13_ciphers},
	    {&tls->curves, settings->tls_curves},
	    {&tls->key_log_file, settings->tls_key_log_file},
	    {&tls->crl_file, settings->tls_crl_file},
	};

	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (texts[i].from && !(*texts[i].to = strdup(texts[i].from)))
			return err_nomem(err, "plan");
	}
	tls->min = settings->tls_min ? version_of(settings->tls_min) : 0;
	tls->max = settings->tls_max ? version_of(settings->tls_max) : 0;
	tls->insecure = settings->tls_insecure;
	tls->no_session_reuse = settings->tls_no_session_reuse;
	return 0;
}

void tls_plan_deinit(struct tls_plan *tls)
{
	free(tls->ca_file);
	free(tls->ca_path);
	free(tls->crl_file);
	free(tls->cert_file);
	free(tls->key_file);
	free(tls->password_file);
	free(tls->server_name);
	free(tls->ciphers);
	free(tls->tls13_ciphers);
	free(tls->curves);
	free(tls->key_log_file);
}
