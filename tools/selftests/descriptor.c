// SPDX-License-Identifier: GPL-2.0-only
/* One file at a time, beside a byte of data, which the socket wants. */
#include <string.h>
#include <sys/socket.h>

#include "descriptor.h"
#include "harness.h"

/* What a message with one descriptor is made of. */
struct parcel {
	char byte;
	struct iovec data;
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} rights;
	struct msghdr message;
};

static void parcel_init(struct parcel *parcel)
{
	memset(parcel, 0, sizeof(*parcel));
	parcel->data.iov_base = &parcel->byte;
	parcel->data.iov_len = 1;
	parcel->message.msg_iov = &parcel->data;
	parcel->message.msg_iovlen = 1;
	parcel->message.msg_control = &parcel->rights;
	parcel->message.msg_controllen = sizeof(parcel->rights);
}

void descriptor_send(int socket, int file)
{
	struct parcel parcel;

	parcel_init(&parcel);
	parcel.rights.header.cmsg_level = SOL_SOCKET;
	parcel.rights.header.cmsg_type = SCM_RIGHTS;
	parcel.rights.header.cmsg_len = CMSG_LEN(sizeof(file));
	memcpy(CMSG_DATA(&parcel.rights.header), &file, sizeof(file));
	REQUIRE(sendmsg(socket, &parcel.message, 0) == 1);
}

int descriptor_receive(int socket)
{
	struct parcel parcel;
	int file = -1;

	parcel_init(&parcel);
	REQUIRE(recvmsg(socket, &parcel.message, MSG_CMSG_CLOEXEC) == 1);
	REQUIRE(CMSG_FIRSTHDR(&parcel.message));
	memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&parcel.message)), sizeof(file));
	REQUIRE(file >= 0);
	return file;
}
