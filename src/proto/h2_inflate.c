/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/h2_inflate.h"

#include <nghttp2/nghttp2.h>

struct nghttp2_hd_inflater *h2_inflate_begin(void)
{
	nghttp2_hd_inflater *inflater;

	return nghttp2_hd_inflate_new(&inflater) ? NULL : inflater;
}

void h2_inflate_end(struct nghttp2_hd_inflater *inflater)
{
	if (inflater)
		nghttp2_hd_inflate_del(inflater);
}

enum h2_inflated h2_inflate_next(struct nghttp2_hd_inflater *inflater, const uint8_t **at, const uint8_t *end,
				 struct h2_field *field)
{
	nghttp2_nv nv;
	int flags = 0;
	ssize_t used = nghttp2_hd_inflate_hd2(inflater, &nv, &flags, *at, (size_t)(end - *at), 1);

	if (used < 0)
		return used == NGHTTP2_ERR_NOMEM ? H2_INFLATE_NO_MEMORY : H2_INFLATE_BROKEN;
	*at += used;
	if (flags & NGHTTP2_HD_INFLATE_EMIT) {
		*field = (struct h2_field){nv.name, nv.value, nv.namelen, nv.valuelen};
		return H2_INFLATED_FIELD;
	}
	if (!(flags & NGHTTP2_HD_INFLATE_FINAL))
		return H2_INFLATE_BROKEN; /* a block that is complete cannot want more */
	nghttp2_hd_inflate_end_headers(inflater);
	return H2_INFLATED_END;
}
