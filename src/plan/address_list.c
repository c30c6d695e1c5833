/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/address_list.h"

#include <netdb.h>
#include <string.h>

bool address_list_next(const char **listp, struct ip_address *address)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *found;
	const char *from = *listp, *end = from + strcspn(from, ",");
	bool brackets = *from == '[' && end[-1] == ']', fits;
	size_t length = (size_t)(end - from) - (brackets ? 2 : 0);
	char text[INET6_ADDRSTRLEN + 20]; /* with a zone */

	if (!length || length >= sizeof(text))
		return false;
	memcpy(text, from + brackets, length);
	text[length] = '\0';
	if (getaddrinfo(text, NULL, &hints, &found))
		return false;
	fits = found->ai_addrlen <= sizeof(address->at) && (!brackets || found->ai_family == AF_INET6);
	if (fits) {
		*address = (struct ip_address){.length = found->ai_addrlen};
		memcpy(&address->at, found->ai_addr, found->ai_addrlen);
		*listp = *end ? end + 1 : end;
	}
	freeaddrinfo(found);
	/* A trailing comma would announce another address. */
	return fits && (!*end || end[1]);
}
