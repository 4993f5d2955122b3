namespace Analytics.Testing;
