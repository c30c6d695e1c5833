/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_module.h"

#if defined(HAVE_TLS) && !defined(TLS_LINKED)

#include "base/module.h"

static struct module tls = {
    .subject = "TLS",
    .file = "vastar-tls.so",
    .symbol = "vastar_tls_module",
    .library = "OpenSSL 3",
};

const struct tls_module *tls_module_load(struct vastar_error *err)
{
	return module_load(&tls, err);
}

#elif defined(HAVE_TLS)

const struct tls_module *tls_module_load(struct vastar_error *err)
{
	(void)err;
	return &vastar_tls_module;
}

#else

const struct tls_module *tls_module_load(struct vastar_error *err)
{
	err_set(err, VASTAR_E_USAGE, "TLS: this vastar was built without it (build it with OpenSSL 3)");
	return NULL;
}

#endif

static const struct transport *load(struct vastar_error *err)
{
	const struct tls_module *module = tls_module_load(err);

	return module ? module->client : NULL;
}

const struct transport transport_tls_on_demand = {.name = "tls", .load = load};
