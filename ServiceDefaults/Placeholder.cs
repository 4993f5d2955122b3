namespace Analytics.ServiceDefaults;
