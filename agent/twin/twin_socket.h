// The socket of a kept twin and its messages (protocol/agent/twin_messages.h). System calls only.
#pragma once

#include <sys/types.h>

#include "protocol/agent/twin_messages.h"

namespace whyalive::agent {

// "<folder>/<own pid>.twin", for this user only; -1 when it cannot be.
int listenAsTwin(const char* folder);
void removeTwinSocket(const char* folder);
int acceptOwnUser(int listener);  // -1 when nobody of this user is there

void sendEvent(int client, const wire::TwinEvent& event, int descriptor);
// 1: a request, with up to two descriptors; 0: nothing; -1: the client is gone or talks nonsense.
int receiveRequest(int client, wire::TwinRequest& request, int descriptors[2]);

}  // namespace whyalive::agent
