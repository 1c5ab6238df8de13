"""Certificates for tests: an authority, a server on 127.0.0.1 and a client, made with openssl."""
import subprocess


def _openssl(*words, folder):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_authority(folder):
    """Makes ca.pem, server.pem/.key and client.pem/.key (and .p12 of each, password `changeit`); gives the folder."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    _openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "90", "-subj", "/CN=Test authority", folder=folder)
    for name, subject in (("server", "/CN=localhost"), ("client", "/CN=feed.example")):
        (folder / f"{name}.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n" if name == "server" else "subjectAltName=DNS:feed.example\n")
        _openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject, folder=folder)
        _openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "90",
                 "-extfile", f"{name}.ext", "-out", f"{name}.pem", folder=folder)
        _openssl("pkcs12", "-export", "-in", f"{name}.pem", "-inkey", f"{name}.key", "-certfile", "ca.pem", "-passout", "pass:changeit",
                 "-out", f"{name}.p12", folder=folder)
    return folder
