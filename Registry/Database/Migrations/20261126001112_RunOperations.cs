using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Analytics.Registry.Database.Migrations
{
    /// <inheritdoc />
    public partial class RunOperations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<double>(
                name: "remaining_seconds",
                table: "training_runs",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "rows",
                table: "training_runs",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "rows_per_second",
                table: "training_runs",
                type: "double precision",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "training_schedules",
                columns: table => new
                {
                    model = table.Column<string>(type: "text", nullable: false),
                    cron = table.Column<string>(type: "text", nullable: false),
                    time_zone = table.Column<string>(type: "text", nullable: false),
                    request = table.Column<string>(type: "jsonb", nullable: false),
                    missed = table.Column<string>(type: "text", nullable: false),
                    set_by = table.Column<string>(type: "text", nullable: false),
                    set_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_run = table.Column<Guid>(type: "uuid", nullable: true),
                    last_error = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_training_schedules", x => x.model);
                });

            migrationBuilder.CreateIndex(
                name: "ix_training_runs_requested_by_requested_at",
                table: "training_runs",
                columns: new[] { "requested_by", "requested_at" });

            migrationBuilder.CreateIndex(
                name: "ix_training_schedules_next_at",
                table: "training_schedules",
                column: "next_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "training_schedules");

            migrationBuilder.DropIndex(
                name: "ix_training_runs_requested_by_requested_at",
                table: "training_runs");

            migrationBuilder.DropColumn(
                name: "remaining_seconds",
                table: "training_runs");

            migrationBuilder.DropColumn(
                name: "rows",
                table: "training_runs");

            migrationBuilder.DropColumn(
                name: "rows_per_second",
                table: "training_runs");
        }
    }
}
