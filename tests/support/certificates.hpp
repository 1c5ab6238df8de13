#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tieline::tests {

/// A certificate authority in a folder of its own below the temporary one, which goes with the object. Certificates and keys
/// are PEM files there.
class certificates {
public:
    struct identity {
        std::string certificate{};  ///< path of the PEM file
        std::string key_file{};     ///< path of the PEM file
        std::string key{};          ///< the key itself, in PEM
    };

    certificates();
    ~certificates();
    certificates(const certificates&) = delete;
    certificates& operator=(const certificates&) = delete;

    /// Path of the authority's own certificate.
    std::string authority() const;
    std::string folder() const;

    /// Makes a certificate with this common name, as DNS name too (`localhost` and 127.0.0.1 as well where `server`), that ends
    /// in so many days; less than 0: it has ended. The files are NAME.pem and NAME.key.
    identity make(std::string_view name, bool server = false, int days = 365) const;

private:
    struct secrets;
    std::unique_ptr<secrets> own_;
};

}  // namespace tieline::tests
