#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace tieline {

using boost::system::error_code;

/// A value, or the code that says why the operation failed. For operations only: a wrong *message* is a `model::issue`.
template <typename T>
using result = boost::system::result<T>;

}  // namespace tieline
