// SPDX-FileCopyrightText: certops.vsphere contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import sun.security.util.HostnameChecker;

/**
 * What Java's TLS client says of certificates. A line a case on standard input: name, host, file of the leaf and what is served with it, file
 * of the trusted roots, with tabs between them; a line a case on standard output: name, a tab, "ok" or the reason.
 */
public final class CertificateVerdicts {
    /** arguments: the time to judge at, in seconds since 1970. */
    public static void main(String[] arguments) throws Exception {
        Date moment = new Date(Long.parseLong(arguments[0]) * 1000);
        for (String line : new String(System.in.readAllBytes(), "UTF-8").split("\n")) {
            String[] given = line.split("\t");
            System.out.println(given[0] + "\t" + verdict(given[1], Path.of(given[2]), Path.of(given[3]), moment));
        }
    }

    private static String verdict(String host, Path served, Path trusted, Date moment) {
        X509Certificate[] chain;
        KeyStore roots;
        try {
            chain = read(served).toArray(new X509Certificate[0]);
            roots = KeyStore.getInstance(KeyStore.getDefaultType());
            roots.load(null, null);
            for (X509Certificate root : read(trusted)) {
                roots.setCertificateEntry("root" + roots.size(), root);
            }
        } catch (Exception error) {
            return "unreadable: " + said(error);
        }
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            PKIXBuilderParameters terms = new PKIXBuilderParameters(roots, new X509CertSelector());
            terms.setRevocationEnabled(false);
            terms.setDate(moment);
            factory.init(new CertPathTrustManagerParameters(terms));
            // The key exchange of every TLS 1.3 and of nearly every TLS 1.2 connection: the server's key signs.
            ((X509TrustManager) factory.getTrustManagers()[0]).checkServerTrusted(chain, "ECDHE_RSA");
        } catch (Exception error) {
            return "chain: " + said(error);
        }
        try {
            HostnameChecker.getInstance(HostnameChecker.TYPE_TLS).match(host, chain[0]);
        } catch (Exception error) {
            return "name: " + said(error);
        }
        return "ok";
    }

    private static List<X509Certificate> read(Path file) throws Exception {
        List<X509Certificate> found = new ArrayList<>();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (Object one : factory.generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))) {
            found.add((X509Certificate) one);
        }
        return found;
    }

    private static String said(Throwable error) {
        StringBuilder text = new StringBuilder();
        for (Throwable one = error; one != null; one = one.getCause()) {
            text.append(text.length() == 0 ? "" : " / ").append(one.getClass().getSimpleName()).append(' ').append(one.getMessage());
        }
        return text.toString().replace('\n', ' ').replace('\t', ' ');
    }
}
