// Asio is header-only unless told otherwise; here is the one place where its functions are
// compiled.
#include <boost/asio/impl/src.hpp>
